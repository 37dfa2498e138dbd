package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Cuts a source into lines that end in LF or CRLF; the last one may end with the source.
package struct LineReader {
    private let source: any ByteSource
    private let lineBytesMax: Int
    private var chunk: [UInt8] = []
    private var position = 0
    /// The number of the line read last; the first is 1.
    package private(set) var lineNumber = 0
    /// Whether that line ended in CRLF.
    private(set) var endedInCRLF = false

    package init(_ source: any ByteSource, lineBytesMax: Int = Limits.lineBytesMax) {
        self.source = source
        self.lineBytesMax = lineBytesMax
    }

    package var fractionRead: Double? { source.fractionRead }

    /// Reads the next line into `line`, without its end. False if there is none.
    ///
    /// A byte order mark before the first line is dropped.
    /// Errors: 54000 for a line beyond the limit, and those of the source.
    package mutating func next(into line: inout [UInt8]) throws(DatabaseError) -> Bool {
        line.removeAll(keepingCapacity: true)
        var isEnded = false
        var hasAny = false
        while !isEnded {
            if position == chunk.count {
                guard let more = try source.read() else { break }
                chunk = more
                position = 0
            }
            hasAny = true
            let end = endOfLine()
            isEnded = end < chunk.count
            guard line.count + end - position <= lineBytesMax else {
                throw DatabaseError(
                    .programLimit,
                    "line \(lineNumber + 1) is longer than \(lineBytesMax) bytes",
                    hint: "Check that lines end in LF.")
            }
            line.append(contentsOf: chunk[position..<end])
            position = isEnded ? end + 1 : end
        }
        guard hasAny else { return false }
        lineNumber += 1
        endedInCRLF = isEnded && line.last == UInt8(ascii: "\r")
        if endedInCRLF { line.removeLast() }
        if lineNumber == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        return true
    }

    /// Where the next LF stands in `chunk`, or its end.
    private func endOfLine() -> Int {
        chunk.withUnsafeBytes { chunk in
            // SAFETY: `position` is below the count here, so the search stays in the buffer.
            guard let base = chunk.baseAddress,
                let found = memchr(base + position, 0x0A, chunk.count - position)
            else { return chunk.count }
            return UnsafeRawPointer(found) - base
        }
    }
}
