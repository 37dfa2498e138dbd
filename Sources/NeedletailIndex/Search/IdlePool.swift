import Synchronization

/// Things that are costly to make and used by one caller at a time: taken, and given back.
package final class IdlePool<Item: AnyObject>: Sendable {
    private let idle = Mutex(IdleObjects())
    private let make: @Sendable () -> Item

    package init(_ make: @escaping @Sendable () -> Item) { self.make = make }

    /// An item that nobody else has until it is given back.
    package func take() -> Item {
        let taken = idle.withLock { idle in TakenObject(object: idle.list.popLast()) }
        guard let object = taken.object else { return make() }
        // SAFETY: nothing else is ever put into the list.
        return unsafeDowncast(object, to: Item.self)
    }

    /// Ends the caller's use of `item`.
    package func giveBack(_ item: Item) {
        let returned = TakenObject(object: item)
        idle.withLock { idle in
            if let object = returned.object { idle.list.append(object) }
        }
    }

    /// Runs `body` with an item that nobody else has meanwhile.
    package func with<Result, Failure: Error>(
        _ body: (Item) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let item = take()
        defer { giveBack(item) }
        return try body(item)
    }
}

// Of any class: types made at run time would take longer than taking and giving back.

private struct IdleObjects: @unchecked Sendable {
    // SAFETY: an item is in the list, or with the one caller that took it.
    var list: [AnyObject] = []
}

private struct TakenObject: @unchecked Sendable {
    // SAFETY: on its way between the list and the one caller that has it.
    let object: AnyObject?
}
