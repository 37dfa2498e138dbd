import Needletail

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Timing and reporting.
enum Measure {
    /// The median seconds of `runs` runs of `body`, after one that does not count.
    static func median(runs: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var times: [Double] = []
        for _ in 0..<runs {
            let start = ContinuousClock.now
            try body()
            times.append(seconds(since: start))
        }
        return times.sorted()[times.count / 2]
    }

    static func seconds(since start: ContinuousClock.Instant) -> Double {
        seconds(from: start, to: ContinuousClock.now)
    }

    static func seconds(
        from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
    ) -> Double {
        let (seconds, attoseconds) = (end - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Prints one JSON object: names and numbers or texts in the order given.
    static func report(_ members: KeyValuePairs<String, any CustomStringConvertible>) {
        let parts = members.map { name, value -> String in
            switch value {
            case let double as Double: "\"\(name)\": \((double * 1_000).rounded() / 1_000)"
            case is Int, is Bool: "\"\(name)\": \(value)"
            default: "\"\(name)\": \"\(value)\""
            }
        }
        print("{" + parts.joined(separator: ", ") + "}")
    }

    /// Runs `body` with a path for a database: that of `--database`, which is kept, or one that is
    /// removed afterwards.
    static func withDatabase(_ options: Options, _ body: (String) throws -> Void) throws {
        if let path = options.text("database") { return try body(path) }
        try withFolder { folder in try body(folder + "/db") }
    }

    /// Runs `body` with the path of a folder that is removed afterwards.
    static func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/var/tmp/needletail-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DatabaseError(.inputOutput, "no folder for temporary files")
        }
        let path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            remove(path + "/db/segments")
            remove(path + "/db")
            rmdir(path)
        }
        try body(path)
    }

    /// Removes a folder and the files in it.
    private static func remove(_ folder: String) {
        for name in names(in: folder) { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    /// Bytes that the files of a database take on disk.
    static func diskBytes(_ path: String) -> Int {
        folderBytes(path) + folderBytes(path + "/segments")
    }

    /// Bytes that the files in a folder take on disk.
    static func folderBytes(_ path: String) -> Int {
        names(in: path).reduce(0) { sum, name in
            var info = stat()
            guard lstat("\(path)/\(name)", &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
                return sum
            }
            return sum + Int(info.st_blocks) * 512
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let entries = opendir(folder) else { return [] }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        String(cString: $0)
                    }
                })
        }
        return names
    }

    /// A remark beside the results.
    static func note(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = write(2, line, line.count)
    }

    static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }

    /// The value that a share of `values` does not exceed.
    static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        return values.sorted()[min(values.count - 1, Int(Double(values.count) * share))]
    }

    static func rounded(_ value: Double, _ digits: Int) -> Double {
        var factor = 1.0
        for _ in 0..<digits { factor *= 10 }
        return (value * factor).rounded() / factor
    }

    /// Memory of this process that is in use, where the system tells.
    static func residentBytes() -> Int { memoryPages().resident }

    /// Bytes of this process in memory, and those of them that are pages of files, where the system
    /// tells.
    static func memoryPages() -> (resident: Int, shared: Int) {
        guard let file = fopen("/proc/self/statm", "r") else { return (0, 0) }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return (0, 0) }
        let text = String(
            decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ").map { Int($0) ?? 0 }
        let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
        return fields.count > 2 ? (fields[1] * pageBytes, fields[2] * pageBytes) : (0, 0)
    }

    /// Resident memory of this process that is not a mapped file, where the system tells.
    static func privateBytes() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("RssAnon:") else { continue }
            return (Int(text.split { !$0.isNumber }.first ?? "") ?? 0) * 1_024
        }
        return 0
    }

    static func vector(_ dimension: Int, _ random: inout SplitMix64) -> [Float] {
        (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
    }
}
