import NeedletailCore

/// The line of a statement that an error points at, with a caret below.
enum Diagnostic {
    static func lines(of statement: String, _ error: DatabaseError) -> [String] {
        guard let range = error.position else { return [] }
        let bytes = Array(statement.utf8)
        let offset = min(max(range.lower, 0), bytes.count)
        let start = (bytes[..<offset].lastIndex(of: 0x0A) ?? -1) + 1
        let end = bytes[offset...].firstIndex(of: 0x0A) ?? bytes.count
        let number = bytes[..<start].count { $0 == 0x0A } + 1
        let head = "LINE \(number): "
        let line = String(decoding: bytes[start..<end], as: UTF8.self)
        let before = String(decoding: bytes[start..<offset], as: UTF8.self)
        let column = head.count + DisplayWidth.columns(of: before)
        return [head + line, String(repeating: " ", count: column) + "^"]
    }
}
