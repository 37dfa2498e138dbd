#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts a stream of bytes into lines that end in LF or CRLF.
///
/// Incremental and linear: every byte is searched once and copied out once, wherever the stream was
/// split. Holds at most one unfinished line of `lineBytesMax` plus whatever the caller appended
/// without taking the lines out.
package struct LineFramer: Sendable {
    /// What ``next()`` found.
    package enum Element: Sendable, Equatable {
        /// One line without its end.
        case line([UInt8])
        /// A line that starts with this byte grew past the cap; nothing further comes out.
        case tooLong(firstByte: UInt8)
    }

    private let lineBytesMax: Int
    private var bytes: [UInt8] = []
    /// Where the current line starts.
    private var start = 0
    /// Everything before this was searched for a line end.
    private var searched = 0
    private var isBroken = false

    /// Capacity kept between lines, so that one large line does not stay for ever.
    private static let keptCapacity = 1 << 20

    package init(lineBytesMax: Int) {
        precondition(lineBytesMax > 0, "a line holds at least one byte")
        self.lineBytesMax = lineBytesMax
    }

    /// Bytes that are held and not yet handed out.
    package var heldBytes: Int { bytes.count - start }

    /// The first byte not yet handed out.
    package var firstByte: UInt8? { start < bytes.count ? bytes[start] : nil }

    /// A copy of the first `count` bytes not yet handed out, or fewer.
    package func peek(_ count: Int) -> ArraySlice<UInt8> {
        bytes[start..<min(bytes.count, start + count)]
    }

    package mutating func append(_ more: some Collection<UInt8>) {
        compact()
        bytes.append(contentsOf: more)
    }

    /// The next whole line, `nil` while there is none.
    package mutating func next() -> Element? {
        guard !isBroken else { return nil }
        guard let end = findLineFeed() else {
            searched = bytes.count
            // One byte more than the cap, since the last may be the CR of a CRLF.
            guard heldBytes > lineBytesMax + 1 else { return nil }
            return breakOff()
        }
        var last = end
        if last > start, bytes[last - 1] == UInt8(ascii: "\r") { last -= 1 }
        guard last - start <= lineBytesMax else { return breakOff() }
        let line = Array(bytes[start..<last])
        start = end + 1
        searched = start
        return .line(line)
    }

    /// What is left at the end of the stream: the last line where it had no end.
    package mutating func finish() -> [UInt8]? {
        guard !isBroken, start < bytes.count else { return nil }
        let line = Array(bytes[start...])
        discard()
        return line
    }

    /// Drops the first `count` bytes not yet handed out.
    package mutating func drop(_ count: Int) {
        start = min(bytes.count, start + max(0, count))
        searched = max(searched, start)
    }

    /// Drops everything that is held.
    package mutating func discard() {
        bytes = []
        start = 0
        searched = 0
    }

    private mutating func breakOff() -> Element {
        let first = bytes[start]
        isBroken = true
        discard()
        return .tooLong(firstByte: first)
    }

    private func findLineFeed() -> Int? {
        guard searched < bytes.count else { return nil }
        // SAFETY: memchr reads `bytes.count - searched` bytes from `searched`, all inside the
        // buffer, which lives for the whole closure.
        return bytes.withUnsafeBytes { raw -> Int? in
            guard let origin = raw.baseAddress,
                let found = memchr(origin + searched, 0x0A, raw.count - searched)
            else { return nil }
            return UnsafeRawPointer(found) - origin
        }
    }

    /// Moves the rest to the front once at least half of the buffer is spent, which keeps the cost
    /// per byte constant.
    private mutating func compact() {
        guard start > 0, start * 2 >= bytes.count else { return }
        if start == bytes.count, bytes.capacity > Self.keptCapacity {
            bytes = []
        } else {
            bytes.removeSubrange(0..<start)
        }
        searched -= start
        start = 0
    }
}
