import CZlib
import NeedletailCore

/// zlib's inflate, over gzip members.
final class Inflater {
    /// Why a step ended before its input or its buffer did.
    enum End {
        case none
        /// A member is complete and its checksum right; the next step begins another.
        case member
        case damage(String)
    }

    /// What one step did.
    struct Step {
        var consumed: Int
        var output: [UInt8]
        var end: End
    }

    // zlib keeps the stream's address, so it may not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Errors: 53200 if there is no memory for it.
    init() throws(DatabaseError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, 16 for gzip's header and trailer.
        let status = inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            throw DatabaseError(.outOfMemory, "zlib could not start (\(status))")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates as much of `input` as one buffer holds.
    func step(_ input: ArraySlice<UInt8>) -> Step {
        var step = Step(consumed: 0, output: [], end: .none)
        let capacity = 256 << 10
        input.withUnsafeBufferPointer { input in
            step.output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
                // SAFETY: both buffers outlive the call; zlib writes at most `avail_out` bytes and
                // only reads its input, whose pointer its header merely fails to call const.
                let given = min(input.count, Int(UInt32.max))
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = UInt32(given)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(capacity)
                step.end = run()
                step.consumed = given - Int(stream.pointee.avail_in)
                count = capacity - Int(stream.pointee.avail_out)
                stream.pointee.next_in = nil
                stream.pointee.next_out = nil
            }
        }
        return step
    }

    private func run() -> End {
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: return .none
        case Z_STREAM_END: return inflateReset(stream) == Z_OK ? .member : .damage("zlib failed")
        case Z_NEED_DICT: return .damage("it needs a dictionary")
        case Z_MEM_ERROR: return .damage("no memory is left to read it")
        default:
            return .damage(stream.pointee.msg.map { String(cString: $0) } ?? "it is not gzip")
        }
    }
}
