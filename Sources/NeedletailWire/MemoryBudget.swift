import NeedletailCore
import Synchronization

/// Bytes that all connections of a server hold together, against a ceiling.
///
/// Each connection's state machine adds what it holds and takes it back: lines being read, requests
/// that wait or run with their parameters and batches, `COPY` data, replies that wait for their
/// client. What a running statement needs to find its rows is not among them.
package final class MemoryBudget: Sendable {
    package let ceilingBytes: Int
    private let held = Atomic<Int>(0)
    private let peak = Atomic<Int>(0)

    package init(ceilingBytes: Int = .max) { self.ceilingBytes = ceilingBytes }

    package var heldBytes: Int { held.load(ordering: .relaxed) }

    /// The most that was held at once.
    package var peakBytes: Int { peak.load(ordering: .relaxed) }

    /// Whether more is held than should be: what can wait, waits.
    package var isExceeded: Bool { heldBytes > ceilingBytes }

    func hasRoom(for bytes: Int) -> Bool {
        let (sum, overflow) = heldBytes.addingReportingOverflow(bytes)
        return !overflow && sum <= ceilingBytes
    }

    func add(_ bytes: Int) {
        let now = held.add(bytes, ordering: .relaxed).newValue
        if bytes > 0 { peak.max(now, ordering: .relaxed) }
    }

    /// 53200 for `bytes` that found no room.
    func refusal(of bytes: Int) -> DatabaseError {
        DatabaseError(
            .outOfMemory,
            "a request of \(bytes) bytes finds \(heldBytes) of the server's \(ceilingBytes) in use",
            hint:
                "Send it again in a moment, in smaller batches, or raise memory_max of the server.")
    }
}

extension StatementRequest {
    /// Bytes it takes while it waits or runs, about.
    package var heldBytes: Int {
        let sets = batch?.reduce(0) { $0 &+ $1.heldBytes } ?? 0
        return Self.overheadBytes &+ sql.utf8.count &+ parameters.heldBytes &+ sets
    }

    private static let overheadBytes = 256
}

extension Parameters {
    fileprivate var heldBytes: Int {
        switch self {
        case .none: 0
        case .positional(let values): values.reduce(32) { $0 &+ $1.heldBytes }
        case .named(let values): values.reduce(64) { $0 &+ $1.key.utf8.count &+ $1.value.heldBytes }
        }
    }
}

extension Value {
    fileprivate var heldBytes: Int {
        let own = MemoryLayout<Value>.stride
        switch self {
        case .null, .bool, .int, .double, .timestamp, .date, .uuid: return own
        case .text(let text): return own &+ text.utf8.count
        case .bytes(let bytes): return own &+ bytes.count
        case .json(let json): return own &+ json.heldBytes
        case .array(let values): return values.reduce(own) { $0 &+ $1.heldBytes }
        case .vector(let components): return own &+ components.count * 4
        case .halfvec, .bits: return own &+ 2_048
        }
    }
}

extension JSON {
    fileprivate var heldBytes: Int {
        let own = MemoryLayout<JSON>.stride &+ 16
        switch self {
        case .null, .bool, .int, .double: return own
        case .string(let text): return own &+ text.utf8.count
        case .array(let values): return values.reduce(own) { $0 &+ $1.heldBytes }
        case .object(let object):
            return object.members.reduce(own) { $0 &+ $1.key.utf8.count &+ $1.value.heldBytes }
        }
    }
}
