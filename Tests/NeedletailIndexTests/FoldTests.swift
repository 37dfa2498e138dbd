import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("Folds")
struct FoldTests {
    static let seeds: ClosedRange<UInt64> = 31...38

    @Test(
        "ten times a tenth exchanged, recall is that of a graph built afresh",
        arguments: [WalkCode.f32, .int8], [WalkMetric.l2, .cosine])
    func churn(code: WalkCode, metric: WalkMetric) {
        var (folded, fresh) = (0.0, 0.0)
        for seed in Self.seeds {
            let step = 200
            let all = GraphFixture.clustered(20 * step + 100, dimension: 24, seed: seed)
            var fixture = FoldFixture(
                all, live: Array(0..<10 * step), metric: metric, code: code)
            for turn in 0..<10 {
                fixture.fold(
                    without: turn * step..<(turn + 1) * step,
                    adding: (turn + 10) * step..<(turn + 11) * step)
                #expect(!fixture.isFresh)
            }
            #expect(GraphCheck.problems(of: fixture.graph).isEmpty)
            #expect(fixture.slots == Array(10 * step..<20 * step))
            let queries = Array(all.suffix(100))
            folded += fixture.recall(queries: queries, ef: 24)
            fixture.rebuild()
            fresh += fixture.recall(queries: queries, ef: 24)
        }
        let count = Double(Self.seeds.count)
        print("recall of \(code) by \(metric): \(folded / count), fresh \(fresh / count)")
        #expect(folded / count >= fresh / count - 0.01)
    }
}

extension FoldTests {
    private static func make(
        _ count: Int, of total: Int, metric: WalkMetric = .l2, code: WalkCode = .int8,
        threads: Int = .max
    ) -> FoldFixture {
        FoldFixture(
            GraphFixture.vectors(for: code, total, dimension: 16, seed: 4),
            live: Array(0..<count), metric: metric, code: code,
            parameters: BuildParameters(m: 8, efConstruction: 40, seed: 7, threads: threads))
    }

    @Test("folds of any codes are sound and find their rows", arguments: CodePair.all)
    func codes(pair: CodePair) {
        var fixture = Self.make(1_000, of: 1_300, metric: pair.metric, code: pair.code)
        fixture.fold(without: 0..<100, adding: 1_000..<1_300)
        #expect(!fixture.isFresh && GraphCheck.problems(of: fixture.graph).isEmpty)
        #expect(fixture.slots == Array(100..<1_300))
        #expect(fixture.heldOut.count == 1 && fixture.heldOut[0] >= 100)
        let found = fixture.search(fixture.vectors[1_250], ef: 1_200, k: 1_200)
        #expect(Set(found).count == 1_200)
    }

    @Test("a fold does not depend on the number of threads", arguments: CodePair.all)
    func deterministic(pair: CodePair) {
        let bytes = [1, 2, 5].map { threads in
            var fixture = Self.make(
                1_500, of: 2_000, metric: pair.metric, code: pair.code, threads: threads)
            fixture.fold(without: (0..<1_500).filter { $0 % 7 == 3 }, adding: 1_500..<2_000)
            #expect(!fixture.isFresh)
            let graph = fixture.graph
            return Array(UnsafeRawBufferPointer(start: graph.bytes, count: graph.shape.byteCount))
        }
        #expect(bytes[0] == bytes[1] && bytes[0] == bytes[2])
    }

    @Test("rows with the vector of a node, of each other or of a node that lost its row")
    func duplicates() {
        var vectors = GraphFixture.clustered(500, dimension: 16, seed: 14)
        // Of node 3, of two that come together, and of one that goes and comes again.
        vectors += [vectors[3], vectors[3], vectors[450], vectors[450], vectors[7]]
        for code in [WalkCode.int8, .f32, .signs] {
            var fixture = FoldFixture(vectors, live: Array(0..<450), code: code)
            fixture.fold(without: [7], adding: Array(450..<505))
            #expect(!fixture.isFresh && GraphCheck.problems(of: fixture.graph).isEmpty)
            #expect(fixture.graph.shape.duplicateCount == 4)
            #expect(fixture.graph.shape.rowCount == 504)
            let near = fixture.search(vectors[3], ef: 64, k: 3).prefix(3)
            #expect(Set(near) == [3, 500, 501], "\(code)")
            // The node stays while any of its rows does.
            fixture.fold(without: [3, 500, 450], adding: [])
            #expect(GraphCheck.problems(of: fixture.graph).isEmpty)
            #expect(fixture.graph.shape.duplicateCount == 1)
            #expect(fixture.slots == fixture.live)
            #expect(fixture.search(vectors[3], ef: 64, k: 1).first == 501)
        }
    }

    @Test(
        "vectors of zeros that come are found, or left where no distance is",
        arguments: [WalkCode.f32, .int8], [WalkMetric.l2, .cosine, .innerProduct])
    func zeros(code: WalkCode, metric: WalkMetric) {
        var vectors = GraphFixture.clustered(300, dimension: 16, seed: 15)
        vectors += [[Float]](repeating: [Float](repeating: 0, count: 16), count: 20)
        var fixture = FoldFixture(vectors, live: Array(0..<200), metric: metric, code: code)
        fixture.fold(without: 0..<10, adding: 200..<320)
        #expect(!fixture.isFresh && GraphCheck.problems(of: fixture.graph).isEmpty)
        #expect(fixture.search(vectors[310], ef: 310, k: 310).count == 310)
        fixture.fold(without: 200..<240, adding: [])
        #expect(GraphCheck.problems(of: fixture.graph).isEmpty)
        #expect(fixture.slots == fixture.live)
    }

    @Test("graphs of few rows, of rows that all go, and of rows that have little left")
    func small() {
        var fixture = Self.make(1, of: 400)
        fixture.fold(without: [], adding: [1])
        #expect(fixture.slots == [0, 1] && GraphCheck.problems(of: fixture.graph).isEmpty)
        fixture.fold(without: [0, 1], adding: [2])
        #expect(fixture.isFresh && fixture.search(fixture.vectors[5], ef: 10, k: 10) == [2])
        fixture.fold(without: [2], adding: [])
        #expect(fixture.isFresh && fixture.slots.isEmpty)
        fixture.fold(without: [], adding: 10..<110)
        #expect(fixture.isFresh && fixture.slots == Array(10..<110))
        fixture.fold(without: 10..<40, adding: [])
        #expect(fixture.isFresh, "less than four fifths are left")
        fixture.fold(without: [], adding: 200..<300)
        #expect(fixture.isFresh, "more comes than there is")
        fixture.fold(without: [], adding: [300])
        #expect(!fixture.isFresh && fixture.heldOut == [1])
        #expect(GraphCheck.problems(of: fixture.graph).isEmpty)
    }

    @Test("a graph that grows a few rows at a time is as good as one built afresh")
    func growing() {
        var (folded, fresh) = (0.0, 0.0)
        for seed in Self.seeds {
            let all = GraphFixture.clustered(2_100, dimension: 24, seed: seed)
            var fixture = FoldFixture(all, live: [0, 1, 2])
            var next = 3
            while next < 2_000 {
                let end = min(next + max(2, next / 3), 2_000)
                fixture.fold(without: [], adding: next..<end)
                next = end
            }
            #expect(GraphCheck.problems(of: fixture.graph).isEmpty)
            let queries = Array(all.suffix(100))
            folded += fixture.recall(queries: queries, ef: 24)
            fixture.rebuild()
            fresh += fixture.recall(queries: queries, ef: 24)
        }
        let count = Double(Self.seeds.count)
        print("recall of graphs that grew: \(folded / count), fresh \(fresh / count)")
        #expect(folded / count >= fresh / count - 0.01)
    }

    @Test("a fold that is stopped says so")
    func stopped() {
        let fixture = Self.make(1_000, of: 1_400)
        var shares: [Double] = []
        let folded = GraphBuilder.fold(
            into: fixture.graph, count: 1_400, layout: fixture.layout,
            parameters: fixture.parameters, rowOf: { Int($0) },
            progress: { share in
                shares.append(share)
                return share < 0.5
            },
            row: { row, vector in
                vector.update(from: fixture.vectors[row], count: 16)
                return UInt32(row)
            })
        #expect(folded == nil)
        #expect(shares == shares.sorted() && shares.last.map { $0 >= 0.5 && $0 < 0.6 } == true)
    }
}
