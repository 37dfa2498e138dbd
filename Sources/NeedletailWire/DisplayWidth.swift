/// Columns a terminal gives to text: none for combining marks and joiners, two for the wide
/// characters of East Asia and for emoji, one for the rest.
///
/// A coarse table, enough to align the plain tables; the prompt has an exact one.
func displayWidth(_ text: String) -> Int {
    var columns = 0
    for scalar in text.unicodeScalars {
        columns += displayWidth(scalar.value)
    }
    return columns
}

private func displayWidth(_ scalar: UInt32) -> Int {
    switch scalar {
    case 0..<0x300: 1
    case 0x300..<0x370, 0x200B...0x200F, 0x20D0...0x20FF, 0xFE00...0xFE0F: 0
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        2
    default: 1
    }
}
