package import NeedletailBitmap
package import NeedletailCore

/// What the values of an included column are tested by.
package enum IncludedTest {
    /// Integers, timestamps by their microseconds, dates by their days.
    case integers(ClosedRange<Int>)
    case numbers(ClosedRange<Double>, acceptsNaN: Bool)
    /// Anything; asked once for each distinct value where these are few by their form.
    case values((Value) throws(DatabaseError) -> Bool)
}

extension IncludedColumns {
    /// The slots of the segment whose value in `column` passes `test`. NULL passes no range.
    ///
    /// Linear in the slots of the segment.
    package func slots(
        where column: IncludedColumn, passes test: IncludedTest
    ) throws(DatabaseError) -> SlotBitmap {
        ranks.slots(ofRanks: try column.places(count: ranks.count, passing: test))
    }

    /// The slots of the segment for whose place `test` holds.
    package func slots(
        where test: (_ place: Int) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) -> SlotBitmap {
        var bits = [UInt64](repeating: 0, count: (ranks.count + 63) / 64)
        for place in 0..<ranks.count where try test(place) {
            bits[place >> 6] |= 1 << UInt64(place & 63)
        }
        return ranks.slots(ofRanks: bits)
    }
}

extension IncludedColumn {
    /// The places below `count` whose value passes, 64 to a word.
    fileprivate func places(
        count: Int, passing test: IncludedTest
    ) throws(DatabaseError) -> [UInt64] {
        switch test {
        case .integers(let range):
            return bits(count) { range.contains(integer($0)) }
        case .numbers(let range, let acceptsNaN):
            return bits(count) { place in
                let number = double(place)
                return range.contains(number) || (acceptsNaN && number.isNaN)
            }
        case .values(let passes):
            if let distinctMax {
                return try distinct(count, codes: distinctMax, passes)
            }
            var bits = [UInt64](repeating: 0, count: (count + 63) / 64)
            for place in 0..<count where try passes(value(at: place)) {
                bits[place >> 6] |= 1 << UInt64(place & 63)
            }
            return bits
        }
    }

    @inline(__always)
    private func bits(_ count: Int, _ passes: (Int) -> Bool) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: (count + 63) / 64)
        for place in 0..<count where passes(place) && !isNull(place) {
            bits[place >> 6] |= 1 << UInt64(place & 63)
        }
        return bits
    }

    /// Asks `passes` once for each of `codes` values that occurs.
    private func distinct(
        _ count: Int, codes: Range<Int>, _ passes: (Value) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: (count + 63) / 64)
        // The last is that of NULL.
        var known = [Bool?](repeating: nil, count: codes.count + 1)
        for place in 0..<count {
            let code = isNull(place) ? codes.count : integer(place) - codes.lowerBound
            let isPassing: Bool
            if let answer = known[code] {
                isPassing = answer
            } else {
                isPassing = try passes(value(at: place))
                known[code] = isPassing
            }
            if isPassing { bits[place >> 6] |= 1 << UInt64(place & 63) }
        }
        return bits
    }
}
