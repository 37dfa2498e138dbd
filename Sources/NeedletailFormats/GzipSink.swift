import CZlib
package import NeedletailCore

/// Writes to another sink in gzip.
package final class GzipSink: ByteSink {
    private let sink: any ByteSink
    // zlib keeps the stream's address, so it may not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private var pending: [UInt8] = []

    /// - Parameter level: from 1, fast, to 9, small.
    /// Errors: 53200 if there is no memory for it.
    package init(_ sink: any ByteSink, level: Int32 = 6) throws(DatabaseError) {
        precondition((1...9).contains(level), "gzip has levels 1 to 9")
        self.sink = sink
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, 16 for gzip's header and trailer, 8 as zlib's usual memory.
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            throw DatabaseError(.outOfMemory, "zlib could not start (\(status))")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    package func write(_ bytes: [UInt8]) throws(DatabaseError) {
        pending += bytes
        guard pending.count >= Self.bufferBytes else { return }
        var rest = pending[...]
        while !rest.isEmpty {
            let (consumed, output, _) = step(rest, Z_NO_FLUSH)
            rest = rest.dropFirst(consumed)
            if !output.isEmpty { try sink.write(output) }
        }
        pending.removeAll(keepingCapacity: true)
    }

    package func finish() throws(DatabaseError) {
        var rest = pending[...]
        while true {
            let (consumed, output, status) = step(rest, Z_FINISH)
            rest = rest.dropFirst(consumed)
            if !output.isEmpty { try sink.write(output) }
            if status == Z_STREAM_END { break }
            guard status == Z_OK || status == Z_BUF_ERROR else {
                throw DatabaseError(.internalError, "zlib could not finish (\(status))")
            }
        }
        pending = []
        try sink.finish()
    }

    private static let bufferBytes = 64 << 10

    private func step(
        _ input: ArraySlice<UInt8>, _ flush: Int32
    ) -> (consumed: Int, output: [UInt8], status: Int32) {
        var status = Z_OK
        var consumed = 0
        let output = input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: Self.bufferBytes) { output, count in
                // SAFETY: both buffers outlive the call; zlib writes at most `avail_out` bytes and
                // only reads its input, whose pointer its header merely fails to call const.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                let given = min(input.count, Int(UInt32.max))
                stream.pointee.avail_in = UInt32(given)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(Self.bufferBytes)
                status = deflate(stream, flush)
                consumed = given - Int(stream.pointee.avail_in)
                count = Self.bufferBytes - Int(stream.pointee.avail_out)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
        }
        return (consumed, output, status)
    }
}
