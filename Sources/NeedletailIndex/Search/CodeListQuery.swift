import CNeedletailKernels
package import NeedletailKernels

/// One query over ``CodeList``s, and its memory: for one query after another.
package final class CodeListQuery {
    package let layout: CodeLayout
    /// Entries that were compared by their records.
    package private(set) var compared = 0

    /// Of how many standard deviations the estimate by a one-bit code may be off before a row is
    /// lost: one in a thousand million.
    package static let confidence: Float = 6

    private let walk: WalkQuery
    private let coarse: CoarseQuery?
    // SAFETY: allocated by `init` and freed by `deinit`: a vector of the layout's dimension, and
    // as many of the others as ``turnMax``.
    private let vector: UnsafeMutablePointer<Float>
    private let places: UnsafeMutablePointer<UInt32>
    private let lows: UnsafeMutablePointer<Float>
    private let distances: UnsafeMutablePointer<Float>
    /// The square of the vector's length.
    private var square: Float = 0
    /// How ``center`` lies to the query.
    private var view = nt_list_view()
    private var center: CodeCenter?

    /// The least distances so far, `k` of them, ascending.
    private var best: [Float] = []
    private var error: Float = 0
    private var near: [(distance: Float, slot: UInt32)] = []

    /// Entries that are compared at once.
    private static let turnMax = 256

    package init(_ layout: CodeLayout, tier: KernelTier = .selected) {
        self.layout = layout
        walk = WalkQuery(layout, tier: tier)
        coarse =
            CodeCenter.serves(layout)
            ? CoarseQuery(
                ListLayout(metric: layout.metric, dimension: layout.dimension, fine: nil),
                tier: tier) : nil
        vector = .allocate(capacity: layout.dimension)
        places = .allocate(capacity: Self.turnMax)
        lows = .allocate(capacity: Self.turnMax)
        distances = .allocate(capacity: Self.turnMax)
    }

    deinit {
        vector.deallocate()
        places.deallocate()
        lows.deallocate()
        distances.deallocate()
    }

    /// - Parameter given: finite components; bits are 0 and 1.
    package func prepare(_ given: UnsafePointer<Float>) {
        walk.prepare(given)
        center = nil
        guard let coarse else { return }
        vector.update(from: given, count: layout.dimension)
        square = Float(layout.normalize(vector))
        coarse.prepare(vector)
    }

    /// - Parameters:
    ///   - residual: the most that a record has lost.
    ///   - length: the greatest length of a vector.
    func begin(k: Int, residual: Float, length: Float) {
        best.removeAll(keepingCapacity: true)
        best.append(contentsOf: repeatElement(.infinity, count: k))
        near.removeAll(keepingCapacity: true)
        error = walk.greatestError(residual: residual, length: length)
        compared = 0
    }

    /// A row beyond this is not among the nearest, whatever its record has lost.
    private var limit: Float { best[best.count - 1] + 2 * error }

    /// How many entries to offer next: few at first, until there is something to compare with.
    var turn: Int { limit < .infinity ? Self.turnMax : ListLayout.blockEntries }

    /// Compares the rows of a turn.
    ///
    /// - Parameter blocks: their one-bit codes, and what these are seen from.
    func offer(
        _ slots: UnsafePointer<UInt32>, records: UnsafePointer<UInt8>,
        blocks: (CodeCenter, UnsafePointer<UInt8>)?, count: Int
    ) {
        // SAFETY: the caller vouches for `count` rows, at most ``turn``.
        var some = count
        if let (center, blocks) = blocks, let coarse {
            look(from: center, coarse)
            // By L2 records leave the square of the query's length out.
            let whole = layout.hasTerms ? limit + square * (1 + 1e-5) : limit
            view.limit = whole.nextUp
            some = coarse.scan(&view, blocks, count, places, lows)
        } else {
            for place in 0..<count { places[place] = UInt32(place) }
        }
        walkScore(walk.raw, base: records, nodes: places, count: some, into: distances)
        compared += some
        for at in 0..<some {
            let distance = distances[at]
            // A distance that is no number says nothing.
            if distance > limit { continue }
            near.append((distance, slots[Int(places[at])]))
            guard distance < best[best.count - 1] else { continue }
            var place = best.count - 1
            while place > 0, best[place - 1] > distance {
                best[place] = best[place - 1]
                place -= 1
            }
            best[place] = distance
        }
    }

    private func look(from center: CodeCenter, _ coarse: CoarseQuery) {
        guard self.center !== center else { return }
        self.center = center
        view = coarse.view(
            center.probe(vector, square: square), confidence: Self.confidence)
    }

    /// The rows that may be among the nearest.
    func found() -> [UInt32] {
        let limit = limit
        return near.compactMap { $0.distance > limit ? nil : $0.slot }
    }
}
