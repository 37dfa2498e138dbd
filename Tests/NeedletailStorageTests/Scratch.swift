import Foundation
import NeedletailCore
import NeedletailStorage

/// A directory that goes away with the test.
final class Scratch: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "needletail-" + UUID().uuidString
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Opens a store with a small map, so that many tests fit the address space.
    func open(
        mapBytes: Int = 256 << 20, quotaBytes: Int? = nil, isReadOnly: Bool = false
    ) throws(DatabaseError) -> Store {
        try Store.open(
            path: path,
            options: StoreOptions(
                mapBytes: mapBytes, isReadOnly: isReadOnly, quotaBytes: quotaBytes))
    }

    var dataFile: String { path + "/data.mdb" }
}

/// A key that means nothing to the store.
func plainKey(_ text: String) -> StorageKey {
    var key = StorageKey(.snapshot)
    key.append(text.utf8)
    return key
}

/// Runs `body` and returns the code it fails with, `nil` if it does not.
func code<T>(_ body: () throws -> T) -> DatabaseError.Code? {
    do {
        _ = try body()
        return nil
    } catch let error as DatabaseError {
        return error.code
    } catch {
        return DatabaseError.Code(rawValue: "\(error)")
    }
}
