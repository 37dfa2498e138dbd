package import NeedletailCore

/// The record that makes an LMDB file one of ours.
///
/// Stored sealed under the smallest key: magic "NDLT", version (32 bits), the store's identifier
/// (128 bits, high half first), the environment's kind (8), the time of creation (64).
package struct StoreFormat: Sendable, Hashable {
    /// The one version that this code reads and writes.
    package static let currentVersion: UInt32 = 1

    static let magic: UInt32 = 0x544C_444E

    package var version: UInt32
    /// The same in both environments of a store, and in no other store.
    package var store: UUIDValue
    package var kind: EnvironmentKind
    package var created: Timestamp

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: version)
        bytes.append(littleEndian: store.high)
        bytes.append(littleEndian: store.low)
        bytes.append(kind.rawValue)
        bytes.append(littleEndian: created.microseconds)
        return bytes
    }

    /// Takes a stored record apart, or throws 58P02 where it is another version's or no one's.
    init(_ payload: UnsafeRawBufferPointer, file: String) throws(DatabaseError) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        guard let magic: UInt32 = reader.read(), magic == Self.magic,
            let version: UInt32 = reader.read()
        else { throw .notADatabase(file) }
        guard version == Self.currentVersion else {
            throw DatabaseError(
                .unsupportedFormat,
                "\"\(file)\" has format version \(version); this program reads version "
                    + "\(Self.currentVersion)",
                hint: "Open it with the version of Needletail that wrote it.")
        }
        guard let high: UInt64 = reader.read(), let low: UInt64 = reader.read(),
            let code: UInt8 = reader.read(), let kind = EnvironmentKind(rawValue: code),
            let created: Int64 = reader.read()
        else { throw .notADatabase(file) }
        self.version = version
        store = UUIDValue(high: high, low: low)
        self.kind = kind
        self.created = Timestamp(microseconds: created)
    }

    init(store: UUIDValue, kind: EnvironmentKind, created: Timestamp) {
        version = Self.currentVersion
        self.store = store
        self.kind = kind
        self.created = created
    }
}

extension DatabaseError {
    static func notADatabase(_ file: String) -> DatabaseError {
        DatabaseError(
            .unsupportedFormat, "\"\(file)\" is not a Needletail database",
            hint: "Choose another path; nothing was changed.")
    }
}
