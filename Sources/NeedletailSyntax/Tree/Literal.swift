/// A constant as the text gives it.
package enum Literal: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A whole number that fits 64 bits, its sign included.
    case integer(Int64)
    /// Any other number, its sign included: the text as written and the nearest double, which is
    /// finite. `1.50` and `1.5` are different literals of one value.
    case decimal(String, Double)
    /// `'…'` and `E'…'`, their escapes resolved.
    case string(String)
    /// The digits of `B'…'`: only `0` and `1`.
    case bits(String)
    /// The bytes of `X'…'`, two digits each.
    case bytes([UInt8])
    /// The text of `b64'…'`, not yet decoded.
    case base64(String)
}

/// A place for a value that is bound after parsing.
package enum Parameter: Sendable, Hashable {
    /// `$1` is the first.
    case positional(Int)
    /// `:name` and `$name`, the name exactly as written.
    case named(String)
}

/// The parameters that a statement uses.
package enum ParameterUse: Sendable, Hashable {
    case none
    /// `$1` up to this number.
    case positional(Int)
    /// Each once, in the order of first use.
    case named([String])
}
