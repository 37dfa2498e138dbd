import NeedletailCore

/// Values that JSON has no form for, as objects whose one key starts with a dollar sign:
/// `$f32` and `$f16` (components in little-endian order), `$bits` (with `n` where the last byte is
/// not full), `$bytes`, all in base64, and `$ts` in ISO 8601.
enum TypedJSON {
    /// What `object` says, or `nil` if it is an ordinary object.
    ///
    /// Errors: 0A000 for `$i8` and `$sparse`, 22P02 for bad base64 or a size that does not fit,
    /// 22000 for no components, NaN or infinity, 54000 beyond `Limits.dimensionMax`.
    static func value(of object: JSONObject) throws(DatabaseError) -> Value? {
        guard let (key, content) = form(object) else { return nil }
        switch key {
        case "$f32": return .vector(try floats(try decode(content, key)))
        case "$f16": return .halfvec(try halves(try decode(content, key)))
        case "$bits": return .bits(try bits(try decode(content, key), object["n"]))
        case "$bytes": return .bytes(try decode(content, key))
        case "$ts":
            guard case .string(let text) = content else { throw malformed(key, "a string") }
            return .timestamp(try DateTimeText.parseTimestamp(text))
        case "$i8", "$sparse":
            throw DatabaseError(
                .notSupported, "\(key) values are not supported yet",
                hint: "Send $f32, $f16 or $bits.")
        default: return nil
        }
    }

    /// `value` as `type`: vectors and halfvecs turn into each other, anything else has to fit.
    static func convert(_ value: Value, to type: ValueType) throws(DatabaseError) -> Value {
        switch (value, type) {
        case (_, .unknown), (.bytes, .bytea), (.timestamp, .timestamptz): return value
        case (.vector(let components), .vector(let dimension)):
            try VectorText.check(components.count, dimension)
            return value
        case (.vector(let components), .halfvec(let dimension)):
            try VectorText.check(components.count, dimension)
            return .halfvec(try HalfFloat.vector(components))
        case (.halfvec(let half), .halfvec(let dimension)):
            try VectorText.check(half.bits.count, dimension)
            return value
        case (.halfvec(let half), .vector(let dimension)):
            try VectorText.check(half.bits.count, dimension)
            return .vector(HalfFloat.floats(half))
        case (.bits(let bits), .bit(let count)):
            try VectorText.check(bits.count, count)
            return value
        default:
            throw DatabaseError(
                .datatypeMismatch,
                "a value of type \(value.naturalType.sqlName) where \(type.sqlName) is expected",
                hint: "Send the value in the form of its column.")
        }
    }

    /// The key with the dollar sign and its content, if `object` has the shape of a typed value.
    private static func form(_ object: JSONObject) -> (key: String, content: JSON)? {
        switch object.members.count {
        case 1:
            let member = object.members[0]
            return member.key.hasPrefix("$") ? (member.key, member.value) : nil
        case 2:
            guard object["n"] != nil, let content = object["$bits"] else { return nil }
            return ("$bits", content)
        default: return nil
        }
    }

    /// The vector of a `{"$f32":"…"}` that comes next, in the form in which programs write it;
    /// `nil` where something else does, or where something is wrong with it.
    static func vector(_ scanner: inout JSONScanner) -> Value? {
        guard let content = scanner.scanTypedString("$f32"),
            let bytes = try? Base64.decode(scanner.bytes, in: content),
            let components = try? floats(bytes)
        else { return nil }
        return .vector(components)
    }

    private static func decode(_ content: JSON, _ key: String) throws(DatabaseError) -> [UInt8] {
        guard case .string(let text) = content else { throw malformed(key, "a base64 string") }
        return try Base64.decode(text)
    }

    private static func floats(_ bytes: [UInt8]) throws(DatabaseError) -> [Float] {
        try checkSize(bytes.count, componentBytes: 4, "$f32")
        let components = bytes.withUnsafeBytes { bytes in
            // SAFETY: the loop ends where fewer than four bytes are left.
            (0..<bytes.count / 4).map { place in
                Float(
                    bitPattern: UInt32(
                        littleEndian: bytes.loadUnaligned(
                            fromByteOffset: place * 4, as: UInt32.self)))
            }
        }
        if let bad = components.first(where: { !$0.isFinite }) {
            throw VectorText.notFinite(bad, in: "vector")
        }
        return components
    }

    private static func halves(_ bytes: [UInt8]) throws(DatabaseError) -> HalfVector {
        try checkSize(bytes.count, componentBytes: 2, "$f16")
        let halves = (0..<bytes.count / 2).map { place in
            UInt16(bytes[place * 2]) | UInt16(bytes[place * 2 + 1]) << 8
        }
        if let bad = halves.first(where: { $0 & 0x7C00 == 0x7C00 }) {
            throw VectorText.notFinite(HalfFloat.float(bad), in: "halfvec")
        }
        return HalfVector(bits: halves)
    }

    private static func bits(_ bytes: [UInt8], _ count: JSON?) throws(DatabaseError) -> BitVector {
        var bitCount = bytes.count * 8
        if let count {
            guard case .int(let given) = count, given > 0, given <= Int64(bitCount),
                given > Int64(bitCount - 8)
            else {
                throw DatabaseError(
                    .invalidText, "n does not fit the \(bytes.count) bytes of $bits",
                    hint: "n counts the bits; (n + 7) / 8 bytes hold them.")
            }
            bitCount = Int(given)
        }
        guard bitCount > 0 else { throw .noDimensions("bit") }
        guard bitCount <= Limits.dimensionMax else { throw .tooManyDimensions("bit") }
        return BitVector(count: bitCount, bytes: bytes)
    }

    private static func checkSize(
        _ size: Int, componentBytes: Int, _ key: String
    ) throws(DatabaseError) {
        guard size % componentBytes == 0 else {
            throw DatabaseError(
                .invalidText, "\(size) bytes in \(key) are not a multiple of \(componentBytes)",
                hint: "Components are little-endian and packed without gaps.")
        }
        guard size > 0 else { throw .noDimensions("vector") }
        guard size / componentBytes <= Limits.dimensionMax else {
            throw .tooManyDimensions("vector")
        }
    }

    private static func malformed(_ key: String, _ what: String) -> DatabaseError {
        DatabaseError(.invalidText, "\(key) takes \(what)")
    }
}
