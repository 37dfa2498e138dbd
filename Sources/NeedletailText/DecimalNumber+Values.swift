extension DecimalNumber {
    /// The integer, or `nil` if a point or an exponent was written or 64 bits do not hold it.
    var int64: Int64? {
        guard isInteger, !isTruncated, exponent == 0 else { return nil }
        if isNegative {
            return mantissa <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- mantissa) : nil
        }
        return Int64(exactly: mantissa)
    }

    /// The nearest double, ties to even, or `nil` where it would be infinite, or zero for a
    /// number that is not.
    ///
    /// - Parameter bytes: what it was scanned from, starting at `start`.
    func double(_ bytes: [UInt8], from start: Int) -> Double? {
        if !isTruncated {
            if mantissa == 0 { return isNegative ? -0.0 : 0.0 }
            // Clinger's fast path: both operands are exact, so one rounding happens.
            if mantissa <= 1 << 53, abs(exponent) <= 22 {
                let magnitude = scaled(Double(mantissa))
                return isNegative ? -magnitude : magnitude
            }
        }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        guard let value = Double(text), value.isFinite, value != 0 || mantissa == 0 else {
            return nil
        }
        return value
    }

    /// The nearest float, ties to even; infinite where it is out of range, zero where too small.
    func float(_ bytes: [UInt8], from start: Int) -> Float {
        if mantissa == 0, !isTruncated { return isNegative ? -0.0 : 0.0 }
        if !isTruncated, abs(exponent) <= 22 {
            // At most two roundings of half a unit each, so the exact value lies within two units
            // of `wide`; rounding to float is then right unless a midpoint between two floats
            // (low 29 bits 1000…0) is that close, or the float is subnormal.
            let wide = scaled(Double(mantissa))
            let low = wide.bitPattern & 0x1FFF_FFFF
            let isNearMidpoint = low >= 0x0FFF_FFFC && low <= 0x1000_0004
            if !isNearMidpoint, wide >= 1e-37, wide <= 1e37 {
                return isNegative ? -Float(wide) : Float(wide)
            }
        }
        return Float(String(decoding: bytes[start..<end], as: UTF8.self)) ?? .infinity
    }

    private func scaled(_ value: Double) -> Double {
        exponent < 0
            ? value / Self.powersOfTen[-exponent] : value * Self.powersOfTen[exponent]
    }

    /// 1e0 to 1e22, all exact in a double.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
