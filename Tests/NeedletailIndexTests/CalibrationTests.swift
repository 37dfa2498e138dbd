import NeedletailIndex
import Testing

/// From samples to widths.
@Suite struct CalibrationTests {
    private static let places = Double(Calibration.widths.count - 1)

    /// 400 samples, of which the easier half needs no width and the harder half more and more.
    private static let calibration = Calibration(
        samples: (0..<400).map { sample in
            (
                difficulty: Float(sample),
                recalls: Calibration.widths.indices.map { place in
                    sample < 150 ? 1 : 0.5 + 0.5 * Double(place) / places
                }
            )
        }, bandCount: 5)

    @Test("easy queries get narrow walks and hard ones wide walks")
    func widths() throws {
        let calibration = Self.calibration
        #expect(calibration.bands.count == 5)
        #expect(calibration.firstWidth(for: 0.95) == 10)
        #expect(calibration.width(for: 0.95, difficulty: 0) == 10)
        let hard = try #require(calibration.width(for: 0.95, difficulty: 390))
        #expect(hard == Calibration.widths.last)
        #expect(calibration.width(for: 0.6, difficulty: 390) ?? 0 < hard)
    }

    @Test("a query harder than all samples gets twice the width of the hardest")
    func beyond() {
        let last = Self.calibration.width(for: 0.9, difficulty: 399)
        #expect(Self.calibration.width(for: 0.9, difficulty: 1_000) == last.map { 2 * $0 })
    }

    @Test("where no width is enough, none is given")
    func never() {
        let flat = Calibration(
            samples: (0..<100).map { sample in
                (Float(sample), [Double](repeating: 0.7, count: Calibration.widths.count))
            }, bandCount: 5)
        #expect(flat.firstWidth(for: 0.95) == nil)
        #expect(flat.width(for: 0.95, difficulty: 3) == nil)
        #expect(flat.width(for: 0.65, difficulty: 3) == 10)
        #expect(Calibration(bands: []).firstWidth(for: 0.5) == nil)
    }

    @Test("before the last nodes are linked they are handed out, and nothing leads to them")
    func heldOut() throws {
        let vectors = GraphFixture.clustered(2_000, dimension: 16, seed: 5)
        let layout = GraphFixture(vectors).layout
        var calls: [Range<Int>] = []
        var reachedBefore = 0
        let built = GraphBuilder.build(
            count: vectors.count, layout: layout,
            parameters: BuildParameters(m: 8, efConstruction: 64),
            heldOut: { graph, range in
                calls.append(range)
                var reached = Reachability(graph.view)
                reached.follow(from: 0)
                reachedBefore = reached.count
            },
            row: { row, vector in
                vector.update(from: vectors[row], count: 16)
                return UInt32(row)
            })
        #expect(calls == [1_800..<2_000])
        #expect((1_750...1_800).contains(reachedBefore))
        var reached = Reachability(try #require(built).view)
        reached.follow(from: 0)
        #expect(reached.count == 2_000)
    }
}
