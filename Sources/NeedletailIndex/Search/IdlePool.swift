import Synchronization

/// Things that are costly to make and used by one caller at a time: taken, and given back.
package final class IdlePool<Item: AnyObject>: Sendable {
    private struct Idle: @unchecked Sendable {
        // SAFETY: an item is in the list, or with the one caller that took it.
        var list: [Item] = []
    }

    private let idle = Mutex(Idle())
    private let make: @Sendable () -> Item

    package init(_ make: @escaping @Sendable () -> Item) { self.make = make }

    /// Runs `body` with an item that nobody else has meanwhile.
    package func with<Result, Failure: Error>(
        _ body: (Item) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let taken = idle.withLock { idle in Idle(list: idle.list.popLast().map { [$0] } ?? []) }
        let item = taken.list.first ?? make()
        let returned = Idle(list: [item])
        defer { idle.withLock { $0.list += returned.list } }
        return try body(item)
    }
}
