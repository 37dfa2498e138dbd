import NeedletailCore

/// Turns the bytes of a terminal into keys, however they are cut.
///
/// Understands UTF-8, the cursor and editing keys of xterm, VT220, rxvt, screen and the Linux
/// console, and bracketed paste. Unknown sequences are swallowed, malformed UTF-8 becomes U+FFFD,
/// and nothing it keeps can grow without bound.
package struct KeyDecoder: Sendable {
    private enum State {
        case ground
        case scalar(missing: Int)
        case escape
        case control
        case single
        case paste
    }

    private static let sequenceBytesMax = 32
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private var state = State.ground
    private var pending: [UInt8] = []
    private var pasteEndMatched = 0

    package init() {}

    /// Whether a lone escape byte waits for what follows; ``flush()`` settles it.
    package var isPending: Bool {
        if case .escape = state { true } else { false }
    }

    /// Decides, after a pause, that the pending escape byte was the Escape key.
    package mutating func flush() -> Key? {
        guard isPending else { return nil }
        state = .ground
        return .escape
    }

    /// Takes the next byte and returns the key it completes, if any.
    package mutating func feed(_ byte: UInt8) -> Key? {
        switch state {
        case .ground: return ground(byte)
        case .scalar(let missing): return continueScalar(byte, missing)
        case .escape: return afterEscape(byte)
        case .control: return controlSequence(byte)
        case .single:
            state = .ground
            return Self.cursorKey(byte, modified: false)
        case .paste: return continuePaste(byte)
        }
    }

    private mutating func ground(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x0D, 0x0A: return .enter
        case 0x09: return .tab
        case 0x7F, 0x08: return .backspace
        case 0x1B:
            state = .escape
            return nil
        case 0x00: return nil
        case 0x1F: return .control("_")
        case 0x01...0x1A:
            return .control(Character(Unicode.Scalar(byte + 0x60)))
        case 0x20...0x7E: return .text(String(Unicode.Scalar(byte)))
        case 0xC2...0xDF: return startScalar(byte, missing: 1)
        case 0xE0...0xEF: return startScalar(byte, missing: 2)
        case 0xF0...0xF4: return startScalar(byte, missing: 3)
        default: return byte >= 0x80 ? .text("\u{FFFD}") : nil
        }
    }

    private mutating func startScalar(_ byte: UInt8, missing: Int) -> Key? {
        pending = [byte]
        state = .scalar(missing: missing)
        return nil
    }

    private mutating func continueScalar(_ byte: UInt8, _ missing: Int) -> Key? {
        guard byte & 0xC0 == 0x80 else {
            // The byte starts something new; the broken character before it is not worth a key.
            state = .ground
            return ground(byte)
        }
        pending.append(byte)
        if missing > 1 {
            state = .scalar(missing: missing - 1)
            return nil
        }
        state = .ground
        return .text(String(decoding: pending, as: UTF8.self))
    }

    private mutating func afterEscape(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x5B:
            pending = []
            state = .control
            return nil
        case 0x4F:
            state = .single
            return nil
        case 0x1B: return nil
        default:
            state = .ground
            return byte < 0x80 ? .meta(Character(Unicode.Scalar(byte))) : ground(byte)
        }
    }

    private mutating func controlSequence(_ byte: UInt8) -> Key? {
        guard (0x40...0x7E).contains(byte) else {
            if pending.count < Self.sequenceBytesMax { pending.append(byte) }
            return nil
        }
        state = .ground
        let parameters = String(decoding: pending, as: UTF8.self).split(separator: ";")
        pending = []
        // Any modifier on an arrow (Shift, Alt, Control) moves by words.
        let modified = parameters.count > 1 && parameters[1] != "1"
        guard byte == 0x7E else { return Self.cursorKey(byte, modified: modified) }
        switch parameters.first {
        case "1", "7": return .home
        case "4", "8": return .end
        case "3": return .delete
        case "200":
            state = .paste
            return nil
        default: return nil
        }
    }

    private static func cursorKey(_ byte: UInt8, modified: Bool) -> Key? {
        switch byte {
        case 0x41: .up
        case 0x42: .down
        case 0x43: modified ? .wordRight : .right
        case 0x44: modified ? .wordLeft : .left
        case 0x48: .home
        case 0x46: .end
        case 0x5A: .backTab
        default: nil
        }
    }

    private mutating func continuePaste(_ byte: UInt8) -> Key? {
        // The end mark holds its escape byte only at its start, so one counter follows it.
        let expected = Self.pasteEnd[pasteEndMatched]
        pasteEndMatched = byte == expected ? pasteEndMatched + 1 : (byte == 0x1B ? 1 : 0)
        if pending.count < Limits.statementBytesMax { pending.append(byte) }
        guard pasteEndMatched == Self.pasteEnd.count else { return nil }
        if pending.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd) {
            pending.removeLast(Self.pasteEnd.count)
        }
        let text = String(decoding: pending, as: UTF8.self)
        pending = []
        pasteEndMatched = 0
        state = .ground
        return .paste(text.withUnixLineEnds)
    }
}

extension String {
    /// The same text with every `\r\n` and `\r` as `\n`.
    var withUnixLineEnds: String {
        guard utf8.contains(0x0D) else { return self }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte == 0x0D {
                bytes.append(0x0A)
            } else if !(byte == 0x0A && previous == 0x0D) {
                bytes.append(byte)
            }
            previous = byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
