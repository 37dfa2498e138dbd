import NeedletailKernels

/// Which rows have the very same vector: only the first of them becomes a node.
///
/// Thousands of equal vectors would otherwise fill each other's lists and all candidates of a
/// search.
struct DuplicateRows {
    /// The first row of each vector, ascending.
    let firsts: [Int]
    /// The other rows, with the place of the first in ``firsts``; in ascending order of both.
    let others: [(first: Int, row: Int)]

    private struct Key: Comparable {
        let high: UInt64
        let low: UInt64
        let row: Int

        static func < (left: Key, right: Key) -> Bool {
            (left.high, left.low, left.row) < (right.high, right.low, right.row)
        }
    }

    init(count: Int, dimension: Int, threads: Int, row: GraphBuilder.RowReader) {
        let parts = ScanPool.shared.map(count: count, grain: 1_024, threads: threads) { rows in
            // SAFETY: as many floats as a row has, freed before the part ends.
            let vector = UnsafeMutablePointer<Float>.allocate(capacity: max(1, dimension))
            defer { vector.deallocate() }
            return rows.map { number -> Key in
                _ = row(number, vector)
                let (high, low) = Self.hash(vector, dimension)
                return Key(high: high, low: low, row: number)
            }
        }
        let keys = parts.flatMap(\.self).sorted()
        var firstOf = [Int](repeating: 0, count: count)
        for place in keys.indices {
            let isSame =
                place > 0 && keys[place].high == keys[place - 1].high
                && keys[place].low == keys[place - 1].low
            firstOf[keys[place].row] = isSame ? firstOf[keys[place - 1].row] : keys[place].row
        }
        var firsts: [Int] = []
        var placeOf = [Int](repeating: 0, count: count)
        var others: [(first: Int, row: Int)] = []
        for number in 0..<count {
            if firstOf[number] == number {
                placeOf[number] = firsts.count
                firsts.append(number)
            } else {
                others.append((placeOf[firstOf[number]], number))
            }
        }
        self.firsts = firsts
        self.others = others.sorted { ($0.first, $0.row) < ($1.first, $1.row) }
    }

    /// 128 bits of the components; -0 counts as 0. Vectors that collide are taken for equal, which
    /// costs nothing but place: their distances are computed from what is stored.
    private static func hash(
        _ vector: UnsafePointer<Float>, _ dimension: Int
    ) -> (UInt64, UInt64) {
        var high: UInt64 = 0x9E37_79B9_7F4A_7C15
        var low: UInt64 = 0xC2B2_AE3D_27D4_EB4F
        for place in 0..<dimension {
            let bits = UInt64(vector[place] == 0 ? 0 : vector[place].bitPattern)
            high = (high ^ bits) &* 0xFF51_AFD7_ED55_8CCD
            high ^= high >> 32
            low = (low &+ bits) &* 0xC4CE_B9FE_1A85_EC53
            low ^= low >> 29
        }
        return (high, low)
    }
}
