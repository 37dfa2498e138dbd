import NeedletailCore
import NeedletailKernels
import Testing

@Suite("Half floats")
struct ConversionTests {
    private static let patterns = (0...UInt16.max).map { $0 }

    /// The value of a pattern by the definition of the format; `nil` for NaN.
    private func value(_ pattern: UInt16) -> Double? {
        let exponent = Int(pattern >> 10 & 31)
        let fraction = Double(pattern & 1_023)
        let magnitude: Double =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default:
                (1 + fraction / 1_024)
                    * Double(sign: .plus, exponent: exponent - 15, significand: 1)
            }
        return magnitude.isNaN ? nil : pattern >> 15 == 0 ? magnitude : -magnitude
    }

    @Test("all 65,536 patterns widen to their value, each by itself and in a long array")
    func widening() {
        let wide = HalfVector(bits: Self.patterns).components
        for pattern in Self.patterns {
            let alone = HalfVector(bits: [pattern]).components[0]
            #expect(alone.bitPattern == wide[Int(pattern)].bitPattern)
            guard let expected = value(pattern) else {
                #expect(alone.isNaN && !alone.isSignalingNaN)
                continue
            }
            #expect(Double(alone) == expected)
            #expect((alone.sign == .minus) == (pattern >> 15 == 1))
        }
    }

    @Test("all patterns come back from floats as they were, NaN made quiet")
    func roundTrip() throws {
        let back = try HalfVector(rounding: HalfVector(bits: Self.patterns).components).bits
        for pattern in Self.patterns {
            let quiet = value(pattern) == nil ? pattern | 0x200 : pattern
            #expect(back[Int(pattern)] == quiet)
        }
    }

    @Test("the middle between two halves goes to the even one, a hair beside it to the nearer")
    func rounding() throws {
        var floats: [Float] = []
        var expected: [UInt16] = []
        for pattern in UInt16(0)..<0x7BFF {
            guard let low = value(pattern), let high = value(pattern + 1) else { continue }
            let middle = Float((low + high) / 2)
            floats += [middle, middle.nextDown, middle.nextUp, -middle]
            let even = pattern % 2 == 0 ? pattern : pattern + 1
            expected += [even, pattern, pattern + 1, even | 0x8000]
        }
        #expect(try HalfVector(rounding: floats).bits == expected)
        // One at a time goes through software, many through registers: they must agree.
        for (float, half) in zip(floats, expected) {
            #expect(try HalfVector(rounding: [float]).bits == [half])
        }
    }

    @Test("a finite float too large for a half is refused", arguments: [1, 8, 40])
    func overflow(count: Int) throws {
        var floats = [Float](repeating: 1, count: count)
        for large: Float in [65_520, -65_520, 1e38] {
            floats[count - 1] = large
            let error = try #require(throws: DatabaseError.self) {
                try HalfVector(rounding: floats)
            }
            #expect(error.code == .numericOutOfRange)
            #expect(error.message.contains("\(large)"))
        }
        floats[count - 1] = 65_519.996
        #expect(try HalfVector(rounding: floats).bits.last == 0x7BFF)
        floats[count - 1] = .infinity
        #expect(try HalfVector(rounding: floats).bits.last == 0x7C00)
    }

    @Test("the first infinity or NaN is found wherever it is", arguments: 0..<70)
    func nonfinite(position: Int) {
        for bad: Float in [.nan, .infinity, -.infinity] {
            var floats = [Float](repeating: .greatestFiniteMagnitude, count: 70)
            #expect(firstNonfinite(in: floats) == nil)
            floats[position] = bad
            #expect(firstNonfinite(in: floats) == position)
        }
        for bad: UInt16 in [0x7C00, 0xFC00, 0x7C01, 0xFFFF] {
            var halves = [UInt16](repeating: 0x7BFF, count: 70)
            #expect(HalfVector(bits: halves).firstNonfinite == nil)
            halves[position] = bad
            #expect(HalfVector(bits: halves).firstNonfinite == position)
        }
        #expect(firstNonfinite(in: []) == nil)
    }
}
