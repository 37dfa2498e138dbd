import CZlib
package import NeedletailCore

/// What a source holds in gzip, member after member (RFC 1952); or the source as it is.
package final class GunzipSource: ByteSource {
    private let source: any ByteSource
    /// `nil` where the source is not compressed.
    private var inflater: Inflater?
    /// Bytes taken from the source and not yet used, from `position` on.
    private var chunk: [UInt8] = []
    private var position = 0
    /// Offset of `chunk` in the source.
    private var offset = 0
    /// Bytes were given to the member that is being inflated.
    private var isInMember = false

    /// Looks at the first two bytes of `source` to tell whether it is gzip.
    package init(sniffing source: any ByteSource) throws(DatabaseError) {
        self.source = source
        while chunk.count < 2, let more = try source.read() { chunk += more }
        inflater = chunk.starts(with: [0x1F, 0x8B]) ? try Inflater() : nil
    }

    package var fractionRead: Double? { source.fractionRead }

    /// Errors: 22P04 with the offset in the source where the data is damaged or ends too early.
    package func read() throws(DatabaseError) -> [UInt8]? {
        guard let inflater else { return try readPlain() }
        while true {
            if position == chunk.count, try !refill() {
                // What is inflated already may still wait for room.
                let rest = isInMember ? try inflate(with: inflater) : []
                if !rest.isEmpty { return rest }
                guard !isInMember else { throw damaged("it ends too early") }
                return nil
            }
            if !isInMember, skipPadding() { continue }
            let out = try inflate(with: inflater)
            if !out.isEmpty { return out }
        }
    }

    private func readPlain() throws(DatabaseError) -> [UInt8]? {
        guard position == chunk.count else {
            position = chunk.count
            return chunk
        }
        return try source.read()
    }

    private func refill() throws(DatabaseError) -> Bool {
        guard let more = try source.read() else { return false }
        offset += chunk.count
        chunk = more
        position = 0
        return true
    }

    /// Steps over zeros after a member, with which tapes and block devices are filled up. Whether
    /// the chunk is used up.
    private func skipPadding() -> Bool {
        guard offset + position > 0 else { return false }
        position = chunk[position...].firstIndex { $0 != 0 } ?? chunk.count
        return position == chunk.count
    }

    /// Inflates what is left of `chunk`, as far as one buffer holds it.
    private func inflate(with inflater: Inflater) throws(DatabaseError) -> [UInt8] {
        isInMember = true
        let step = inflater.step(chunk[position...])
        position += step.consumed
        switch step.end {
        case .none: break
        case .member: isInMember = false
        case .damage(let reason): throw damaged(reason)
        }
        return step.output
    }

    private func damaged(_ reason: String) -> DatabaseError {
        DatabaseError(
            .badCopyFormat, "damaged gzip data at byte \(offset + position): \(reason)",
            hint: "Fetch or compress the file again; 'gzip -t' checks it.")
    }
}
