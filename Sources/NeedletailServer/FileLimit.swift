#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system's limit of open files, of which each connection is one.
enum FileLimit {
    /// Files besides connections: the database, its segments, event loops, standard streams.
    private static let otherFiles = 256

    /// Raises this process's own limit to what `connections` need, as far as the system lets it.
    ///
    /// - Returns: what to tell the operator where that is not enough.
    static func raise(forConnections connections: Int) -> String? {
        let (needed, overflow) = UInt64(clamping: connections)
            .addingReportingOverflow(UInt64(otherFiles))
        var limit = rlimit()
        guard !overflow, getrlimit(resource, &limit) == 0 else { return nil }
        guard UInt64(limit.rlim_cur) < needed else { return nil }
        var wanted = limit
        wanted.rlim_cur = rlim_t(min(needed, UInt64(limit.rlim_max)))
        if setrlimit(resource, &wanted) == 0 { limit = wanted }
        guard UInt64(limit.rlim_cur) < needed else { return nil }
        let room = max(0, Int(clamping: limit.rlim_cur) - otherFiles)
        return "connections_max is \(connections), but the system lets this process open "
            + "\(limit.rlim_cur) files, enough for about \(room) connections: raise the hard "
            + "limit (ulimit -Hn, or LimitNOFILE of the unit), or lower connections_max"
    }

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif
}
