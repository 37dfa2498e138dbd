/// A stretch of a statement's text, in UTF-8 bytes from its start.
public struct SourceRange: Sendable, Hashable {
    /// Offset of the first byte.
    public var lower: Int
    /// Offset just past the last byte.
    public var upper: Int

    public init(_ lower: Int, _ upper: Int) {
        self.lower = lower
        self.upper = max(lower, upper)
    }

    /// The smallest range that holds both.
    public func union(_ other: SourceRange) -> SourceRange {
        SourceRange(min(lower, other.lower), max(upper, other.upper))
    }
}
