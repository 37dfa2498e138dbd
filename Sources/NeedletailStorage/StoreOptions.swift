import NeedletailCore

/// How to open a ``Store``.
package struct StoreOptions: Sendable, Hashable {
    /// Address space reserved for each environment; also the size it can grow to. Rounded up to a
    /// mebibyte. A file that is larger already keeps its size.
    package var mapBytes: Int
    /// Concurrent read transactions over all processes.
    package var readersMax: Int
    /// Refuses writers; the directory must exist.
    package var isReadOnly: Bool
    /// Makes the directory and its files where they are missing.
    package var createIfMissing: Bool
    /// Bytes that one environment may use before writes are refused with 53100; `nil` for the map
    /// alone. Deletes are never refused. A transaction is charged all that it writes, so the bound
    /// is met a little early.
    package var quotaBytes: Int?
    /// Bytes of memory that mapped pages and what is kept beside them may take, about; `nil` for
    /// what the system gives.
    package var memoryBudgetBytes: Int?
    /// Opens on NFS, SMB, 9P and their like, where locks and mapped files are not dependable.
    package var allowsNetworkFilesystem: Bool

    package init(
        mapBytes: Int = Limits.mapBytesDefault, readersMax: Int = Limits.readersMax,
        isReadOnly: Bool = false, createIfMissing: Bool = true, quotaBytes: Int? = nil,
        memoryBudgetBytes: Int? = nil, allowsNetworkFilesystem: Bool = false
    ) {
        self.mapBytes = mapBytes
        self.readersMax = readersMax
        self.isReadOnly = isReadOnly
        self.createIfMissing = createIfMissing
        self.quotaBytes = quotaBytes
        self.memoryBudgetBytes = memoryBudgetBytes
        self.allowsNetworkFilesystem = allowsNetworkFilesystem
    }
}
