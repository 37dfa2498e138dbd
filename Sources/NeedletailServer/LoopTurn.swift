import NIOCore

/// The stretch in which one connection may run brief statements on its event loop before the
/// others of the loop have their turn.
///
/// A statement that reads and writes nothing else is done sooner than a thread of the pool wakes
/// up; but a loop serves many connections, and one of them may have a long queue.
struct LoopTurn {
    private var end: NIODeadline?

    /// Long enough to send several small replies together.
    private static let length = TimeAmount.milliseconds(1)

    /// Whether another statement may begin. The time runs from the first.
    mutating func mayGoOn() -> Bool {
        let now = NIODeadline.now()
        guard let end else {
            end = now + Self.length
            return true
        }
        return now < end
    }
}
