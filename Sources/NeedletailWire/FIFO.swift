/// A queue in an array: adding and taking cost a constant amount, taken over many.
package struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    package init() {}

    package var count: Int { elements.count - head }
    package var isEmpty: Bool { head == elements.count }
    package var first: Element? { isEmpty ? nil : elements[head] }

    package mutating func append(_ element: Element) { elements.append(element) }

    package mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head * 2 >= elements.count {
            elements.removeSubrange(0..<head)
            head = 0
        }
        return element
    }

    package func contains(where matches: (Element) -> Bool) -> Bool {
        for position in head..<elements.count {
            if let element = elements[position], matches(element) { return true }
        }
        return false
    }

    /// Removes and returns the first element for which `matches` holds. Linear.
    package mutating func remove(where matches: (Element) -> Bool) -> Element? {
        for position in head..<elements.count {
            guard let element = elements[position], matches(element) else { continue }
            elements.remove(at: position)
            return element
        }
        return nil
    }

    /// Changes the first element for which `matches` holds; tells whether there was one. Linear.
    package mutating func update(
        where matches: (Element) -> Bool, _ change: (inout Element) -> Void
    ) -> Bool {
        for position in head..<elements.count {
            guard var element = elements[position], matches(element) else { continue }
            elements[position] = nil
            change(&element)
            elements[position] = element
            return true
        }
        return false
    }

    /// Shows all elements, oldest first, without taking them.
    package func forEach(_ body: (Element) -> Void) {
        for position in head..<elements.count {
            if let element = elements[position] { body(element) }
        }
    }

    /// All elements, oldest first, without taking them.
    package var all: [Element] { elements[head...].compactMap { $0 } }

    package mutating func removeAll() {
        elements = []
        head = 0
    }
}

extension FIFO: Sendable where Element: Sendable {}
