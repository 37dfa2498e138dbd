/// How many terminal columns text takes.
///
/// Wide means East Asian Width `W` or `F` of Unicode Standard Annex 11, and emoji that are shown as
/// pictures by default; combining marks and format characters take none. Ambiguous width is narrow.
package enum DisplayWidth {
    /// Columns of one grapheme cluster: 0, 1 or 2. Controls count as 2, for they are drawn as `^X`.
    package static func columns(of character: Character) -> Int {
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return 0 }
        if first.value < 0x300 { return narrowColumns(first, clusterLength: scalars.count) }
        if isZeroWidth(first) { return 0 }
        if isWide(first) { return 2 }
        let asksForPicture = scalars.contains { $0.value == 0xFE0F }
        let isFlag = (0x1F1E6...0x1F1FF).contains(first.value) && scalars.count > 1
        return isFlag || (asksForPicture && first.properties.isEmoji) ? 2 : 1
    }

    /// Columns of a line of text. Line breaks and tabs are the caller's business.
    package static func columns(of text: some StringProtocol) -> Int {
        var isASCII = true
        for byte in text.utf8 where byte < 0x20 || byte > 0x7E {
            isASCII = false
            break
        }
        if isASCII { return text.utf8.count }
        return text.reduce(0) { $0 + columns(of: $1) }
    }

    /// The longest prefix of `text` that takes at most `limit` columns.
    package static func prefix(of text: String, columns limit: Int) -> Substring {
        var used = 0
        var end = text.startIndex
        while end < text.endIndex {
            used += columns(of: text[end])
            if used > limit { break }
            end = text.index(after: end)
        }
        return text[..<end]
    }

    private static func narrowColumns(_ scalar: Unicode.Scalar, clusterLength: Int) -> Int {
        if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) { return 2 }
        if scalar.value == 0xAD { return 0 }
        // A digit, `#` or `*` followed by a variation selector and U+20E3 is a keycap.
        return clusterLength > 2 && scalar.properties.isEmoji ? 2 : 1
    }

    private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: true
        default: (0x1160...0x11FF).contains(scalar.value)
        }
    }

    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x1100 { return false }
        if scalar.properties.isEmojiPresentation {
            return !(0x1F1E6...0x1F1FF).contains(scalar.value)
        }
        var low = 0
        var high = wideRanges.count
        while low < high {
            let middle = (low + high) / 2
            if wideRanges[middle].upperBound < scalar.value {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < wideRanges.count && wideRanges[low].contains(scalar.value)
    }

    /// Wide characters that are not emoji, in order. Unassigned gaps inside a block count as wide.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF,
        0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
        0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F200...0x1F265,
        0x1F300...0x1F320, 0x1F3FB...0x1F3FF, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
    ]
}
