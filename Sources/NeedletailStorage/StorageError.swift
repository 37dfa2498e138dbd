/// A call to LMDB or to the system that failed, before it is put into words for users.
package struct StorageError: Error, Sendable, Hashable {
    /// The call, such as `mdb_put`.
    package let call: String
    /// An LMDB status (negative) or an `errno` (positive).
    package let status: Int32
    /// What the call was about, such as a path; empty where there is nothing to say.
    package let detail: String

    package init(_ call: String, _ status: Int32, detail: String = "") {
        self.call = call
        self.status = status
        self.detail = detail
    }
}
