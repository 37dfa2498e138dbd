import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The errors of the file system, in the codes of the database.
enum FileFailure {
    /// - Parameters:
    ///   - verb: what could not be done, as in "open".
    ///   - number: the `errno` it failed with.
    static func error(_ verb: String, _ path: String, _ number: Int32) -> DatabaseError {
        let reason = String(cString: strerror(number))
        let message = "could not \(verb) \"\(path)\": \(reason)"
        return switch number {
        case ENOENT, ENOTDIR:
            DatabaseError(.undefinedFile, message, hint: "Check the path.")
        case EISDIR: isDirectory(path)
        case ENOSPC, EDQUOT:
            DatabaseError(.diskFull, message, hint: "Free some space, then try again.")
        case EACCES, EPERM, EROFS:
            DatabaseError(.inputOutput, message, hint: "Check who may read and write it.")
        default: DatabaseError(.inputOutput, message)
        }
    }

    static func isDirectory(_ path: String) -> DatabaseError {
        DatabaseError(.undefinedFile, "\"\(path)\" is a directory", hint: "Name a file in it.")
    }
}
