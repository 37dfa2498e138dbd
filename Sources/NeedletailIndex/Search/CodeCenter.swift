package import NeedletailKernels

/// The point that one-bit codes of ``CodeList``s are seen from.
///
/// Lists that share it share what a query prepares. Any point will do; the nearer to the rows, the
/// more of them are told apart.
package final class CodeCenter: Sendable {
    let layout: ListLayout
    private let components: [Float]
    /// The square of its length.
    private let own: Float

    /// Fewer dimensions are compared as fast by their records.
    private static let dimensionMin = 64

    /// Whether one-bit codes in front of records of this layout are of use.
    package static func serves(_ layout: CodeLayout) -> Bool {
        layout.kind.isInteger && ListLayout.serves(layout.metric)
            && layout.dimension >= dimensionMin
    }

    /// - Precondition: ``serves(_:)``, and there are as many components as dimensions.
    package init(_ layout: CodeLayout, _ components: [Float]) {
        precondition(Self.serves(layout), "no one-bit codes lie in front of such records")
        precondition(components.count == layout.dimension, "a center is a vector")
        self.layout = ListLayout(
            metric: layout.metric, dimension: layout.dimension, fine: nil)
        self.components = components
        own = components.reduce(0) { $0 + $1 * $1 }
    }

    func encoder() -> ListEncoder { ListEncoder(layout, centroid: components) }

    /// How it lies to a query.
    ///
    /// - Parameter square: of the vector's length.
    func probe(_ vector: UnsafePointer<Float>, square: Float) -> ListProbe {
        // SAFETY: the caller vouches for the components of the layout's dimension.
        var distance = 0.0
        for axis in components.indices {
            let away = Double(vector[axis]) - Double(components[axis])
            distance += away * away
        }
        return ListProbe(
            list: 0, layout.metric, distance: Float(distance), square: square, own: own)
    }
}
