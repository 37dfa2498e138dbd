/// Finds keywords by their bytes, whatever their case, without making a string of every word.
struct KeywordTable: Sendable {
    static let shared = KeywordTable()

    private struct Entry: Sendable {
        let name: [UInt8]
        let keyword: Keyword
    }

    /// By the lowest bits of the hash; an entry that finds its place taken goes to the next.
    private let entries: [Entry?]
    /// By length: no other words need looking up.
    private let lengths: ClosedRange<Int>

    private init() {
        let names = Keyword.allCases.map { Entry(name: Array($0.rawValue.utf8), keyword: $0) }
        // At most a quarter full, so that a word that is no keyword soon meets a free place.
        var size = 1
        while size < names.count * 4 { size *= 2 }
        var entries = [Entry?](repeating: nil, count: size)
        for entry in names {
            var place = Self.hash(entry.name, entry.name.indices) & (size - 1)
            while entries[place] != nil { place = (place + 1) & (size - 1) }
            entries[place] = entry
        }
        self.entries = entries
        lengths = 1...(names.map(\.name.count).max() ?? 1)
    }

    /// The keyword that the bytes in `range` spell.
    func keyword(_ bytes: [UInt8], _ range: Range<Int>) -> Keyword? {
        guard lengths.contains(range.count) else { return nil }
        var place = Self.hash(bytes, range) & (entries.count - 1)
        while let entry = entries[place] {
            if Self.isEqual(entry.name, bytes, range) { return entry.keyword }
            place = (place + 1) & (entries.count - 1)
        }
        return nil
    }

    private static func isEqual(_ name: [UInt8], _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard name.count == range.count else { return false }
        for (position, byte) in name.enumerated()
        where folded(bytes[range.lowerBound + position]) != byte {
            return false
        }
        return true
    }

    /// FNV-1a of the letters in lower case.
    private static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> Int {
        var hash: UInt32 = 2_166_136_261
        for position in range { hash = (hash ^ UInt32(folded(bytes[position]))) &* 16_777_619 }
        return Int(hash ^ hash >> 15)
    }

    private static func folded(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
