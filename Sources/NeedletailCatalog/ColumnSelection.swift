/// Which columns of a row are wanted; the others come as NULL without being looked at.
package struct ColumnSelection: Sendable {
    /// Ascending positions; `nil` for all.
    private let positions: [Int]?

    package static let all = ColumnSelection(nil)

    private init(_ positions: [Int]?) { self.positions = positions }

    package init(_ positions: Set<Int>) { self.positions = positions.sorted() }

    /// The wanted positions below `count`.
    package func positions(below count: Int) -> [Int] {
        positions?.filter { $0 < count } ?? Array(0..<count)
    }
}
