import NeedletailCore
import NeedletailText
import Testing

@Suite struct HalfFloatTests {
    @Test("every half survives the way to a float and back")
    func roundTrip() {
        for half in UInt16.min...UInt16.max {
            let wide = HalfFloat.float(half)
            if wide.isNaN {
                #expect(HalfFloat.bits(wide).map { HalfFloat.float($0).isNaN } == true)
            } else {
                #expect(HalfFloat.bits(wide) == half)
            }
        }
    }

    #if arch(arm64) || os(Linux)
        @Test("rounding agrees with the hardware type", arguments: 0..<8)
        func hardware(seed: UInt64) {
            var generator = SplitMix64(seed: seed)
            for _ in 0..<50_000 {
                let bits = UInt32.random(in: 0x3200_0000...0x4790_0000, using: &generator)
                let sign: UInt32 = Bool.random(using: &generator) ? 0x8000_0000 : 0
                let value = Float(bitPattern: bits | sign)
                let expected = Float16(value)
                #expect(
                    HalfFloat.bits(value) == (expected.isFinite ? expected.bitPattern : nil),
                    "seed \(seed): \(value)")
            }
        }
    #endif

    @Test(
        "the edges round to even and overflow is noticed",
        arguments: [
            (65_504, 0x7BFF), (65_519.996, 0x7BFF), (65_520, nil), (1e30, nil), (0, 0),
            (-0.0, 0x8000), (0x1p-24, 1), (0x1p-25, 0), (0x1.8p-25, 1), (0x1p-14, 0x0400),
            (.infinity, 0x7C00), (2_049, 0x6800), (2_051, 0x6802), (.leastNonzeroMagnitude, 0),
        ] as [(Float, UInt16?)])
    func edges(value: Float, half: UInt16?) {
        #expect(HalfFloat.bits(value) == half)
    }

    @Test("vectors of halves refuse what does not fit")
    func vectors() throws {
        #expect(try HalfFloat.vector([1, -2]).bits == [0x3C00, 0xC000])
        #expect(HalfFloat.floats(HalfVector(bits: [0x3C00, 0x3555])) == [1, 0.33325195])
        expectRefusal(.numericOutOfRange) { () throws(DatabaseError) in
            try HalfFloat.vector([65_520])
        }
        expectRefusal(.dataException) { () throws(DatabaseError) in try HalfFloat.vector([.nan]) }
    }
}
