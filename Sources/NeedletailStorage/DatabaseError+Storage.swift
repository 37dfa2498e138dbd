import CLMDB
package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What users are told about one kind of failed call.
private struct Wording {
    let code: DatabaseError.Code
    let message: String
    let hint: String
}

extension DatabaseError {
    /// The one place where a failed call becomes an error for users.
    package init(_ error: StorageError) {
        let wording = Self.wording(lmdb: error.status) ?? Self.wording(system: error.status)
        let reason = String(cString: mdb_strerror(error.status))
        let about = error.detail.isEmpty ? "" : " on \(error.detail)"
        self.init(
            wording.code, "\(wording.message): \(error.call)\(about) answered \"\(reason)\"",
            hint: wording.hint)
    }

    private static func wording(lmdb status: Int32) -> Wording? {
        switch status {
        case MDB_MAP_FULL:
            Wording(
                code: .diskFull, message: "the database has reached the size of its map",
                hint: "Delete rows, or reopen the database with a larger mapBytes.")
        case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INCOMPATIBLE:
            Wording(
                code: .dataCorrupted, message: "the database file is damaged",
                hint: "Stop writing, run CHECK, and restore from a backup.")
        case MDB_INVALID, MDB_VERSION_MISMATCH:
            Wording(
                code: .unsupportedFormat, message: "the file is not a database of this version",
                hint: "Open it with the version that wrote it, or choose another path.")
        case MDB_PANIC:
            Wording(
                code: .inputOutput, message: "an earlier write to the database file failed",
                hint: "Check the disk, then close and reopen the database.")
        case MDB_READERS_FULL:
            Wording(
                code: .tooManyConnections, message: "every reader place is taken",
                hint: "Close idle cursors and transactions, or retry in a moment.")
        case MDB_TXN_FULL, MDB_CURSOR_FULL:
            Wording(
                code: .programLimit, message: "the transaction changes too much at once",
                hint: "Commit in smaller batches.")
        case MDB_BAD_TXN:
            Wording(
                code: .abortedTransaction, message: "the transaction failed earlier",
                hint: "Roll it back and start again.")
        case MDB_BAD_VALSIZE:
            Wording(
                code: .programLimit, message: "a key is empty or longer than 511 bytes",
                hint: "Use shorter keys.")
        case MDB_MAP_RESIZED:
            Wording(
                code: .limitExceeded, message: "another process uses a larger map",
                hint: "Reopen the database with the mapBytes of the other process.")
        default: nil
        }
    }

    private static func wording(system status: Int32) -> Wording {
        switch status {
        case ENOSPC, EDQUOT, EFBIG:
            Wording(
                code: .diskFull, message: "no space is left for the database",
                hint: "Free disk space, then retry; what was committed is safe.")
        case ENOENT, ENOTDIR:
            Wording(
                code: .undefinedFile, message: "there is no database at this path",
                hint: "Check the path, or create the database.")
        case EACCES, EPERM, EROFS, EIO, ENXIO, ENODEV:
            Wording(
                code: .inputOutput, message: "the database file cannot be used",
                hint: "Check the disk and the permissions of the directory.")
        case ENOMEM:
            Wording(
                code: .outOfMemory, message: "the system refused memory",
                hint: "Free memory, or open the database with a smaller mapBytes.")
        case EMFILE, ENFILE:
            Wording(
                code: .limitExceeded, message: "too many files are open",
                hint: "Raise the limit on open files (ulimit -n).")
        default:
            Wording(
                code: .internalError, message: "a storage call failed",
                hint: "Reopen the database; if it happens again, report it.")
        }
    }

    /// 25P01: a handle was used after its transaction.
    static var transactionEnded: DatabaseError {
        DatabaseError(
            .noActiveTransaction, "the transaction has ended", hint: "Start a new transaction.")
    }

    /// XX001: something read from the files cannot be right.
    static func corrupted(_ message: String) -> DatabaseError {
        DatabaseError(
            .dataCorrupted, message,
            hint: "Stop writing, run CHECK, and restore from a backup.")
    }
}

/// Throws unless `status` says success.
@inline(__always)
func check(
    _ status: Int32, _ call: StaticString, _ detail: @autoclosure () -> String = ""
) throws(DatabaseError) {
    guard status == 0 else {
        throw DatabaseError(StorageError("\(call)", status, detail: detail()))
    }
}
