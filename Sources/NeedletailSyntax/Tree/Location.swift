package import NeedletailCore

/// Where a node of the tree stands in the statement's text.
///
/// All locations are equal to each other, so that two trees compare by what they mean and not by
/// where their texts put it.
package struct Location: Sendable, Hashable {
    private let lower: UInt32
    private let upper: UInt32

    /// The location of a node that was not read from a text.
    package static let none = Location(lower: .max, upper: .max)

    /// Takes `range`, or nowhere if a 32-bit offset cannot say it.
    package init(_ range: SourceRange) {
        guard let lower = UInt32(exactly: range.lower), let upper = UInt32(exactly: range.upper)
        else {
            self = .none
            return
        }
        self.init(lower: lower, upper: upper)
    }

    private init(lower: UInt32, upper: UInt32) {
        self.lower = lower
        self.upper = upper
    }

    /// The bytes of the node, or `nil` for a node that was not read from a text.
    package var range: SourceRange? {
        lower == .max ? nil : SourceRange(Int(lower), Int(upper))
    }

    /// The smallest location that holds both; a missing one gives way to the other.
    package func union(_ other: Location) -> Location {
        if lower == .max { return other }
        if other.lower == .max { return self }
        return Location(lower: min(lower, other.lower), upper: max(upper, other.upper))
    }

    package static func == (left: Location, right: Location) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
