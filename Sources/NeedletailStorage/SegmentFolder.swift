package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder of a store's index segments.
package struct SegmentFolder: Sendable {
    package let path: String

    init(_ directory: StoreDirectory) { path = directory.path + "/segments" }

    /// Calls `body` with the name of every file.
    package func forEachFile(_ body: (String) -> Void) {
        guard let entries = opendir(path) else { return }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            // SAFETY: the name is a C string inside the entry, copied at once.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { body(name) }
        }
    }

    /// Bytes of all files, those not finished or not removed yet among them.
    package var byteCount: Int {
        var total = 0
        forEachFile { name in
            var info = stat()
            if stat("\(path)/\(name)", &info) == 0 { total &+= Int(info.st_size) }
        }
        return total
    }
}

extension Store {
    package var segmentFolder: SegmentFolder { SegmentFolder(data.directory) }

    /// Throws 53100 where a segment of `bytes` would exceed the quota.
    package func requireRoom(forSegment bytes: Int) throws(DatabaseError) {
        guard let limit = options.quotaBytes else { return }
        let used = data.usedBytes &- (try data.freeBytes()) &+ segmentFolder.byteCount
        guard used &+ bytes <= limit else {
            throw DatabaseError(
                .diskFull,
                "the database uses \(used) of its \(limit) bytes; an index segment of "
                    + "\(bytes) does not fit",
                hint: "Searches stay exact. Delete rows, or raise the quota, then REINDEX.")
        }
    }
}
