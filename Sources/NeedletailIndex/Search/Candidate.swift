/// A node and its distance in one word, ordered by distance and then by node; the lowest bit says
/// whether its neighbours have been looked at.
struct Candidate: Comparable {
    var bits: UInt64

    @inline(__always)
    init(bits: UInt64) { self.bits = bits }

    @inline(__always)
    init(_ distance: Float, _ node: UInt32) {
        // Order of floats as order of integers; a distance that is no number comes last.
        let raw = distance.bitPattern
        let ordered = raw >> 31 == 1 ? ~raw : raw | 1 << 31
        bits = UInt64(distance.isNaN ? .max : ordered) << 32 | UInt64(node) << 1
    }

    @inline(__always) var node: Int { Int(bits >> 1 & 0x7FFF_FFFF) }
    @inline(__always) var isExpanded: Bool { bits & 1 == 1 }

    @inline(__always)
    var distance: Float {
        let ordered = UInt32(truncatingIfNeeded: bits >> 32)
        return Float(bitPattern: ordered >> 31 == 1 ? ordered & ~(1 << 31) : ~ordered)
    }

    @inline(__always)
    static func < (left: Candidate, right: Candidate) -> Bool { left.bits < right.bits }
}

extension UnsafeMutablePointer<Candidate> {
    /// Puts `found` where it belongs among `count` sorted candidates. Returns where that is.
    // SAFETY: the caller has room for one more.
    @inline(__always)
    func insert(_ found: Candidate, count: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) >> 1
            if self[middle].bits < found.bits { low = middle + 1 } else { high = middle }
        }
        (self + low + 1).update(from: self + low, count: count - low)
        self[low] = found
        return low
    }
}
