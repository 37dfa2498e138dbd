/// The nearest of many, kept in room for twice as many so that most are only appended.
final class NearestFew {
    // SAFETY: has room for `2 * wanted`, exchanged by `reset` and freed by `deinit`.
    private var values: UnsafeMutablePointer<UInt64>
    private var capacity = 2
    private var wanted = 1
    private var count = 0
    /// What is not below this is of no use.
    private(set) var limit = Float.infinity

    init() { values = .allocate(capacity: capacity) }

    deinit { values.deallocate() }

    func reset(wanted: Int) {
        self.wanted = max(1, wanted)
        count = 0
        limit = .infinity
        guard 2 * self.wanted > capacity else { return }
        values.deallocate()
        capacity = 2 * self.wanted
        values = .allocate(capacity: capacity)
    }

    @inline(__always)
    func add(_ distance: Float, _ place: UInt32) {
        values[count] = Candidate(distance, place).bits
        count += 1
        if count == 2 * wanted { shrink() }
    }

    /// The nearest, in any order.
    func nearest() -> UnsafeMutableBufferPointer<UInt64> {
        if count > wanted { shrink() }
        return UnsafeMutableBufferPointer(start: values, count: count)
    }

    /// The nearest, in their order.
    func sorted() -> UnsafeMutableBufferPointer<UInt64> {
        let found = nearest()
        Self.sort(values, count)
        return found
    }

    /// Keeps the nearest `wanted`, by partition about a value in the middle.
    private func shrink() {
        var (low, high) = (0, count - 1)
        while low < high {
            let (left, right) = Self.part(values, low, high)
            if wanted - 1 <= right {
                high = right
            } else if wanted - 1 >= left {
                low = left
            } else {
                break
            }
        }
        count = wanted
        limit = Candidate(bits: values[wanted - 1]).distance
    }

    /// Parts `low...high` about a value: what is left of the second is not larger, and what is
    /// right of the first not smaller.
    @inline(__always)
    private static func part(
        _ values: UnsafeMutablePointer<UInt64>, _ low: Int, _ high: Int
    ) -> (left: Int, right: Int) {
        let pivot = values[(low + high) / 2]
        var (left, right) = (low, high)
        while left <= right {
            while values[left] < pivot { left += 1 }
            while values[right] > pivot { right -= 1 }
            guard left <= right else { break }
            (values[left], values[right]) = (values[right], values[left])
            left += 1
            right -= 1
        }
        return (left, right)
    }

    /// For few numbers, of which the sort of the library would keep equal ones in order.
    private static func sort(_ values: UnsafeMutablePointer<UInt64>, _ count: Int) {
        var (first, size) = (values, count)
        while size > 12 {
            let (left, right) = part(first, 0, size - 1)
            // The shorter side first, so that the depth is a logarithm.
            if right + 1 < size - left {
                sort(first, right + 1)
                first += left
                size -= left
            } else {
                sort(first + left, size - left)
                size = right + 1
            }
        }
        guard size > 1 else { return }
        for place in 1..<size {
            let value = first[place]
            var hole = place
            while hole > 0, first[hole - 1] > value {
                first[hole] = first[hole - 1]
                hole -= 1
            }
            first[hole] = value
        }
    }
}
