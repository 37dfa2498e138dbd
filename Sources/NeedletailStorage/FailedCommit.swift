package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension StorageEnvironment {
    /// Decides what a commit that LMDB refused means, and closes the environment to writers where
    /// the disk can no longer be trusted.
    ///
    /// A full disk is harmless: the pages that failed belong to the aborted transaction alone. LMDB
    /// reports a write cut short by a full disk as EIO, so free space is looked at as well. After
    /// any other error of the disk the kernel may have dropped pages it could not write, and only
    /// a reopening tells what is there.
    package func failedCommit(_ status: Int32) -> DatabaseError {
        let isDisk = [EIO, ENXIO, ENODEV, EROFS, EBADF].contains(status)
        if status == EIO, StoreDirectory.isDiskFull(directory.path) {
            return DatabaseError(StorageError("mdb_txn_commit", ENOSPC, detail: directory.path))
        }
        let error = DatabaseError(
            StorageError("mdb_txn_commit", status, detail: directory.path))
        guard isDisk || error.code == .inputOutput else { return error }
        let refusal = DatabaseError(
            .inputOutput, "writes stopped after a failed commit: \(error.message)",
            hint: "Check the disk, then close and reopen the database.")
        poison(refusal)
        return refusal
    }
}
