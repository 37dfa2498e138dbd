import Foundation

/// A folder that is there for one test.
enum TemporaryFolder {
    static func with<T>(_ body: (String) throws -> T) throws -> T {
        let path = try make()
        defer { remove(path) }
        return try body(path)
    }

    /// For tests that wait in between: the caller removes it.
    static func make() throws -> String {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("needletail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
