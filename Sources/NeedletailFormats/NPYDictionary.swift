import NeedletailCore

/// Reads the dictionary that stands, as Python would write it, in the header of a `.npy` file.
struct NPYDictionary {
    struct Fields {
        var descr: String
        var isFortranOrder: Bool
        var shape: [Int]
    }

    private let bytes: [UInt8]
    private let end: Int
    private var position: Int

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Exactly the three keys of the format, each once, in any order. Errors: 22P04.
    mutating func parse() throws(DatabaseError) -> Fields {
        var descr: String?
        var isFortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descr == nil: descr = try type()
            case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw malformed("the key '\(key)' does not belong there")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == end else { throw malformed("something follows the dictionary") }
        guard let descr, let isFortranOrder, let shape else {
            throw malformed("descr, fortran_order or shape is missing")
        }
        return Fields(descr: descr, isFortranOrder: isFortranOrder, shape: shape)
    }

    private mutating func type() throws(DatabaseError) -> String {
        skipSpace()
        if position < end, bytes[position] == UInt8(ascii: "[") {
            throw NPYHeader.malformed(
                "its rows are records", hint: "Save one field of them, as in x['vector'].")
        }
        return try string()
    }

    private mutating func string() throws(DatabaseError) -> String {
        skipSpace()
        guard position < end, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position])
        else { throw malformed("a string in quotes is expected") }
        let quote = bytes[position]
        let content = bytes[position + 1..<end].prefix { $0 != quote }
        guard content.endIndex < end, content.count <= 32,
            content.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { throw malformed("a string is too long, not closed or not plain") }
        position = content.endIndex + 1
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func boolean() throws(DatabaseError) -> Bool {
        if take("True") { return true }
        guard take("False") else { throw malformed("True or False is expected") }
        return false
    }

    /// `(3, 4)`, `(3,)` or `()`.
    private mutating func tuple() throws(DatabaseError) -> [Int] {
        var numbers: [Int] = []
        try expect("(")
        while !take(")") {
            numbers.append(try number())
            if !take(",") {
                try expect(")")
                break
            }
            guard numbers.count <= 32 else { throw malformed("its shape has too many parts") }
        }
        return numbers
    }

    private mutating func number() throws(DatabaseError) -> Int {
        skipSpace()
        let digits = bytes[position..<end].prefix { (0x30...0x39).contains($0) }
        guard let value = Int(String(decoding: digits, as: UTF8.self)) else {
            throw malformed("a number of 64 bits is expected")
        }
        position = digits.endIndex
        return value
    }

    private mutating func expect(_ word: String) throws(DatabaseError) {
        guard take(word) else { throw malformed("'\(word)' is expected") }
    }

    /// Steps over `word` and the space before it, if it is there.
    private mutating func take(_ word: String) -> Bool {
        skipSpace()
        guard bytes[position..<end].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while position < end, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
    }

    private func malformed(_ reason: String) -> DatabaseError {
        NPYHeader.malformed(
            "at byte \(position) of its header, \(reason)", hint: "Write it with numpy.save.")
    }
}
