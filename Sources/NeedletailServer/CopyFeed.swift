import NeedletailCore
import NeedletailWire

/// The data of one `COPY … FROM STDIN` on its way from the connection to the statement.
///
/// The connection's event loop gives, one thread of the pool takes. What is given and not yet taken
/// is bounded by the connection's state machine, which stops reading.
final class CopyFeed: CopyInput, Sendable {
    private struct State: Sendable {
        var pieces = FIFO<[UInt8]>()
        var hasEnded = false
        var error: DatabaseError?
        var isOpen = false
        /// The lane in which the statement runs at the moment.
        var lane = WorkerPool.Lane.ordinary
    }

    private enum Taken: Sendable {
        case bytes([UInt8])
        case end
        case failure(DatabaseError)
    }

    private let state = Monitor(State())
    private let pool: WorkerPool
    private let opened: @Sendable () -> Void
    private let consumed: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - opened: called once, when the first data is asked for.
    ///   - consumed: called with the bytes of every piece that was taken.
    init(
        pool: WorkerPool, opened: @escaping @Sendable () -> Void,
        consumed: @escaping @Sendable (Int) -> Void
    ) {
        self.pool = pool
        self.opened = opened
        self.consumed = consumed
    }

    func append(_ bytes: [UInt8]) { state.change { $0.pieces.append(bytes) } }

    func end() { state.change { $0.hasEnded = true } }

    func fail(_ error: DatabaseError) { state.change { $0.error = error } }

    func enter(_ lane: WorkerPool.Lane) { state.look { $0.lane = lane } }

    func read() throws(DatabaseError) -> [UInt8]? {
        let (isFirst, lane, ready) = state.look { state in
            defer { state.isOpen = true }
            return (!state.isOpen, state.lane, Self.take(&state))
        }
        if isFirst { opened() }
        let taken = ready ?? pool.sleep(in: lane) { state.wait(Self.take) }
        switch taken {
        case .bytes(let bytes):
            consumed(bytes.count)
            return bytes
        case .end: return nil
        case .failure(let error): throw error
        }
    }

    private static func take(_ state: inout State) -> Taken? {
        if let error = state.error { return .failure(error) }
        if let bytes = state.pieces.popFirst() { return .bytes(bytes) }
        return state.hasEnded ? .end : nil
    }
}
