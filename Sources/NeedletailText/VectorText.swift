package import NeedletailCore

/// Vectors as `[1,2,3]`, bit vectors as `0101`.
package enum VectorText {
    /// Reads `[1, 2.5, 3e-2]`; spaces may stand around every number and around the whole.
    ///
    /// - Parameters:
    ///   - dimension: how many components there must be, or `nil` for any number.
    ///   - type: the name that errors say.
    /// Errors: 22P02 where it is no vector, 22000 for a wrong dimension, none at all, NaN or
    /// infinity, 22003 beyond a float, 54000 beyond `Limits.dimensionMax`. Too small is zero.
    package static func parse(
        _ text: String, dimension: Int? = nil, type: String = "vector"
    ) throws(DatabaseError) -> [Float] {
        try parse(Array(text.utf8)[...], dimension: dimension, type: type)
    }

    static func parse(
        _ text: ArraySlice<UInt8>, dimension: Int?, type: String
    ) throws(DatabaseError) -> [Float] {
        let bytes = Array(text.trimmed)
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]"), bytes.count > 1
        else {
            throw .unreadable(text, as: type, hint: "A \(type) is written as in '[1,2,3]'.")
        }
        let end = bytes.count - 1
        var components: [Float] = []
        components.reserveCapacity(min(dimension ?? bytes.count / 8, Limits.dimensionMax))
        var position = 1
        skipSpace(bytes, &position, end)
        guard position < end else { throw .noDimensions(type) }
        while true {
            components.append(try component(bytes, &position, end, whole: text, type: type))
            if position == end { break }
            guard bytes[position] == UInt8(ascii: ",") else {
                throw malformed(text, bytes, position, type)
            }
            guard components.count < Limits.dimensionMax else { throw .tooManyDimensions(type) }
            position += 1
        }
        try check(components.count, dimension)
        return components
    }

    /// Throws unless `found` is a dimension that `expected` allows.
    package static func check(_ found: Int, _ expected: Int?) throws(DatabaseError) {
        if let expected, expected != found { throw .dimensions(expected: expected, found: found) }
    }

    /// Appends `[1,2,3]` with the shortest digits of each component.
    package static func append(_ components: [Float], into out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (place, component) in components.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            NumberText.append(component, into: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    package static func append(_ half: HalfVector, into out: inout [UInt8]) {
        append(HalfFloat.floats(half), into: &out)
    }

    /// 22000: what no vector may hold.
    static func notFinite(_ value: Float, in type: String) -> DatabaseError {
        DatabaseError(
            .dataException,
            value.isNaN ? "NaN not allowed in \(type)" : "infinite value not allowed in \(type)",
            hint: "Store NULL for a row without a vector.")
    }

    /// Reads one number and the spaces around it.
    private static func component(
        _ bytes: [UInt8], _ position: inout Int, _ end: Int, whole: ArraySlice<UInt8>, type: String
    ) throws(DatabaseError) -> Float {
        skipSpace(bytes, &position, end)
        let first = position
        var failure = first
        guard
            let number = DecimalNumber.scan(
                bytes, from: first, end: end, grammar: .sql, failure: &failure)
        else {
            let word = bytes[first..<end].prefix { $0 != UInt8(ascii: ",") }
            if let value = NumberText.special(word.trimmed) {
                throw notFinite(Float(value), in: type)
            }
            throw malformed(whole, bytes, failure, type)
        }
        position = number.end
        let value = number.float(bytes, from: first)
        guard value.isFinite else { throw .outOfRange(bytes[first..<position], for: type) }
        skipSpace(bytes, &position, end)
        return value
    }

    private static func skipSpace(_ bytes: [UInt8], _ position: inout Int, _ end: Int) {
        while position < end, bytes[position].isSpace { position += 1 }
    }

    /// 22P02, naming the byte of `bytes`, the trimmed text, that does not fit.
    private static func malformed(
        _ text: ArraySlice<UInt8>, _ bytes: [UInt8], _ position: Int, _ type: String
    ) -> DatabaseError {
        let byte = bytes[position]
        let found =
            byte > 0x20 && byte < 0x7F
            ? "'\(Character(UnicodeScalar(byte)))'" : "what stands"
        return .unreadable(
            text, as: type, hint: "Write it as '[1,2,3]'; see \(found) at byte \(position).")
    }
}
