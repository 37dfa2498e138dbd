package import NeedletailCore

/// Turns one whole JSON text into a tree. Errors are those of ``JSONScanner``.
package enum JSONParser {
    package static func parse(_ text: String) throws(DatabaseError) -> JSON {
        try parse(Array(text.utf8))
    }

    /// Parses `bytes`, or the given part of it; nothing but white space may stand around the value.
    package static func parse(
        _ bytes: [UInt8], in range: Range<Int>? = nil
    ) throws(DatabaseError) -> JSON {
        var scanner = JSONScanner(bytes, in: range)
        let value = try scanner.readTree()
        try scanner.finish()
        return value
    }

    /// Parses a copy of `bytes`.
    // SAFETY: the bytes are copied before anything else, so they need not outlive the call.
    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(DatabaseError) -> JSON {
        try parse(Array(bytes))
    }
}
