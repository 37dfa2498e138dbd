/// How far apart two vectors are. **Smaller is always nearer.**
public enum Metric: String, Sendable, Hashable, CaseIterable {
    /// Euclidean distance, `<->`.
    case l2
    /// Negative inner product, `<#>`.
    case innerProduct = "ip"
    /// One minus the cosine of the angle, `<=>`; NaN where either vector is zero.
    case cosine
    /// Sum of absolute differences, `<+>`.
    case l1
    /// Number of differing bits, `<~>`.
    case hamming
    /// One minus intersection over union of the set bits, `<%>`; 0 where both are empty.
    case jaccard
}

/// A row's table-wide 32-bit position: in the key map, in bitmaps, in vector blocks.
public struct Slot: Sendable, Hashable, Comparable {
    public var rawValue: UInt32

    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    public static func < (left: Slot, right: Slot) -> Bool { left.rawValue < right.rawValue }
}
