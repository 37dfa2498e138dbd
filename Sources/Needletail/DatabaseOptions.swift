/// How a database is opened.
public struct DatabaseOptions: Sendable, Hashable {
    /// Make the directory if there is none.
    public var createIfMissing = true
    /// Refuse to write. Other processes may go on writing.
    public var isReadOnly = false
    /// Address space reserved for the data; the file grows as needed and never beyond. Lower it
    /// where address space is short.
    public var mapBytes = Limits.mapBytesDefault
    /// A bound on the size of the file, below which writes are refused with 53100.
    public var quotaBytes: Int?
    /// Bytes of memory that the database may take for pages of its files and for what it keeps to
    /// answer faster; at least ``Limits/memoryBudgetBytesMin``. `nil` leaves the pages to the
    /// system, which takes them away where others need the memory. What running statements need
    /// comes on top.
    public var memoryBudget: Int?
    /// Longest wait for the one writer, in milliseconds.
    public var lockTimeoutMilliseconds = Limits.lockTimeoutMillisecondsDefault
    /// Longest time a statement of a new session may run, in milliseconds; 0 for no limit. A
    /// session changes it for itself with `SET statement_timeout`.
    public var statementTimeoutMilliseconds = 0
    /// Open on a network file system, where locks and shared memory may not work.
    public var allowsNetworkFilesystem = false

    public init() {}
}
