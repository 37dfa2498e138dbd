package import NeedletailCore

/// 16-bit floats (IEEE 754 binary16) by their bit patterns.
///
/// In integer arithmetic, because `Float16` does not exist on every platform Swift runs on.
package enum HalfFloat {
    /// The largest finite value.
    package static let greatestFiniteMagnitude: Float = 65_504

    /// The same number as a float; always exact.
    package static func float(_ half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let exponent = UInt32(half >> 10) & 0x1F
        let fraction = UInt32(half & 0x3FF)
        switch exponent {
        case 0:
            // Zero or subnormal: fraction units of 2^-24.
            let magnitude = Float(fraction) * 0x1p-24
            return Float(bitPattern: magnitude.bitPattern | sign)
        case 0x1F:
            return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The nearest half, ties to even, or `nil` where a finite number would become infinite.
    package static func bits(_ value: Float) -> UInt16? {
        let bits = value.bitPattern
        let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
        let magnitude = bits & 0x7FFF_FFFF
        if magnitude >= 0x7F80_0000 {
            if magnitude == 0x7F80_0000 { return sign | 0x7C00 }
            // A NaN stays one even if only its low bits were set.
            return sign | 0x7E00 | UInt16(truncatingIfNeeded: magnitude >> 13) & 0x3FF
        }
        // 65,520 lies halfway to the next power of two and rounds up, out of range.
        if magnitude >= 0x477F_F000 { return nil }
        if magnitude < 0x3880_0000 {
            // Below 2^-14: adding 0.5 leaves a float whose last bit is worth 2^-24, which rounds
            // as the subnormal half has to be.
            let shifted = Float(bitPattern: magnitude) + 0.5
            return sign | UInt16(truncatingIfNeeded: shifted.bitPattern - 0x3F00_0000)
        }
        let roundingUp = 0xFFF + ((magnitude >> 13) & 1)
        let rounded = (magnitude - 0x3800_0000 + roundingUp) >> 13
        return sign | UInt16(truncatingIfNeeded: rounded)
    }

    /// Appends the floats of halves that lie in `bytes` in little-endian order, two bytes each.
    package static func append(littleEndian bytes: [UInt8], into floats: inout [Float]) {
        for place in 0..<bytes.count / 2 {
            floats.append(float(UInt16(bytes[place * 2]) | UInt16(bytes[place * 2 + 1]) << 8))
        }
    }

    /// All components of `vector`, widened.
    package static func floats(_ vector: HalfVector) -> [Float] {
        vector.bits.map(float)
    }

    /// All components, rounded. Errors: 22003 where one overflows, 22000 at NaN or infinity.
    package static func vector(_ floats: [Float]) throws(DatabaseError) -> HalfVector {
        var out: [UInt16] = []
        out.reserveCapacity(floats.count)
        for value in floats {
            guard value.isFinite else { throw VectorText.notFinite(value, in: "halfvec") }
            guard let half = bits(value) else {
                throw .outOfRange(Array(NumberText.text(value).utf8)[...], for: "halfvec")
            }
            out.append(half)
        }
        return HalfVector(bits: out)
    }
}
