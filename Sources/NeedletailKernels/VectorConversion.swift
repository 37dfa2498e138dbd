import CNeedletailKernels
package import NeedletailCore

extension HalfVector {
    /// Rounds each component to the nearest half, ties to even.
    ///
    /// - Throws: 22003 where a finite component is too large for a half (65,520 and above in
    ///   magnitude).
    package init(rounding components: [Float]) throws(DatabaseError) {
        var overflows = 0
        let bits = [UInt16](unsafeUninitializedCapacity: components.count) { buffer, count in
            count = components.count
            guard let to = buffer.baseAddress else { return }
            // SAFETY: both hold `count` elements.
            components.withUnsafeBufferPointer { from in
                guard let from = from.baseAddress else { return }
                overflows = nt_f32_to_f16(from, to, count)
            }
        }
        if overflows > 0 {
            let worst = components.first { $0.isFinite && $0.magnitude >= 65_520 } ?? 0
            throw DatabaseError(
                .numericOutOfRange, "\(worst) is out of range for type halfvec",
                hint: "Halves reach to 65504; scale the vector, or use a vector column.")
        }
        self.init(bits: bits)
    }

    /// The components as 32-bit floats, exactly.
    package var components: [Float] {
        [Float](unsafeUninitializedCapacity: bits.count) { buffer, count in
            count = bits.count
            guard let to = buffer.baseAddress else { return }
            // SAFETY: both hold `count` elements.
            bits.withUnsafeBufferPointer { from in
                guard let from = from.baseAddress else { return }
                nt_f16_to_f32(from, to, count)
            }
        }
    }

    /// Writes halves as floats, exactly.
    package static func widen(
        _ halves: UnsafePointer<UInt16>, into floats: UnsafeMutablePointer<Float>, count: Int
    ) {
        // SAFETY: the caller vouches for `count` elements at both.
        nt_f16_to_f32(halves, floats, count)
    }

    /// The position of the first component that is infinite or NaN, if there is one.
    package var firstNonfinite: Int? {
        bits.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            // SAFETY: `base` holds `buffer.count` elements.
            let found = nt_first_nonfinite_f16(base, buffer.count)
            return found < buffer.count ? found : nil
        }
    }
}

extension BitVector {
    /// Writes bits, the first the highest of its byte, as components of 0 and 1.
    package static func widen(
        _ bits: UnsafePointer<UInt8>, into floats: UnsafeMutablePointer<Float>, count: Int
    ) {
        // SAFETY: the caller vouches for `count` bits and as many floats.
        for position in 0..<count {
            floats[position] = bits[position / 8] & (0x80 >> UInt8(position % 8)) == 0 ? 0 : 1
        }
    }

    /// The bits as components of 0 and 1.
    package var components: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = count
            guard let to = buffer.baseAddress else { return }
            // SAFETY: there are `count` bits and room for as many floats.
            Self.widen(bytes, into: to, count: count)
        }
    }

    /// The vector whose bits are set where components are above a half.
    package init(rounding components: [Float]) {
        var bytes = [UInt8](repeating: 0, count: (components.count + 7) / 8)
        for (position, component) in components.enumerated() where component > 0.5 {
            bytes[position / 8] |= 0x80 >> UInt8(position % 8)
        }
        self.init(count: components.count, bytes: bytes)
    }
}

/// The position of the first component that is infinite or NaN, if there is one.
package func firstNonfinite(in components: [Float]) -> Int? {
    components.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return nil }
        // SAFETY: `base` holds `buffer.count` elements.
        let found = nt_first_nonfinite_f32(base, buffer.count)
        return found < buffer.count ? found : nil
    }
}
