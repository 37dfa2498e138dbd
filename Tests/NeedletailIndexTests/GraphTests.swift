import NeedletailIndex
import NeedletailKernels
import Testing

/// Codes, and a metric that they serve.
struct CodePair: CustomTestStringConvertible {
    let code: WalkCode
    let metric: WalkMetric

    static let all = WalkCode.allCases.flatMap { code in
        WalkMetric.allCases.filter(code.serves).map { CodePair(code: code, metric: $0) }
    }

    var testDescription: String { "\(code) by \(metric)" }
}

@Suite("Graphs")
struct GraphTests {
    @Test("a search finds nearly all of the nearest", arguments: CodePair.all)
    func recall(pair: CodePair) {
        let all = GraphFixture.vectors(for: pair.code, 2_100, dimension: 40, seed: 5)
        let fixture = GraphFixture(
            Array(all.dropLast(100)), metric: pair.metric, code: pair.code)
        // One bit says little of 40 dimensions: it takes a wider search.
        let recall = fixture.recall(
            queries: Array(all.suffix(100)), ef: pair.code == .signs ? 256 : 64, k: 10)
        print("recall of \(pair.metric) with \(pair.code): \(recall)")
        #expect(recall >= 0.95)
    }

    @Test(
        "vectors far from the origin are found by their signs",
        arguments: [WalkMetric.l2, .innerProduct, .cosine])
    func farFromOrigin(metric: WalkMetric) {
        let all = GraphFixture.clustered(2_100, dimension: 40, seed: 5)
            .map { vector in vector.map { $0 + 5 } }
        let fixture = GraphFixture(Array(all.dropLast(100)), metric: metric, code: .signs)
        let recall = fixture.recall(queries: Array(all.suffix(100)), ef: 256, k: 10)
        print("recall of \(metric) with signs far from the origin: \(recall)")
        #expect(recall >= 0.95)
    }

    @Test("one dimension and thousands have graphs", arguments: CodePair.all)
    func dimensions(pair: CodePair) {
        for dimension in [1, 4_096] {
            let vectors = GraphFixture.vectors(for: pair.code, 60, dimension: dimension, seed: 6)
            let fixture = GraphFixture(vectors, metric: pair.metric, code: pair.code)
            var reached = Reachability(fixture.graph.view)
            reached.follow(from: 0)
            #expect(reached.count == fixture.graph.view.nodeCount, "dimension \(dimension)")
            // A search as wide as the table finds every row, by whatever code.
            let found = fixture.search(vectors[7], ef: 60, k: 60)
            #expect(Set(found).count == 60, "dimension \(dimension)")
        }
    }

    @Test("every node can be reached", arguments: [1, 2, 3, 50, 1_000])
    func reachable(count: Int) {
        let fixture = GraphFixture(GraphFixture.clustered(count, dimension: 12, seed: 9))
        var reached = Reachability(fixture.graph.view)
        reached.follow(from: 0)
        #expect(reached.count == count)
    }
}

extension GraphTests {
    @Test("the graph does not depend on the number of threads", arguments: CodePair.all)
    func deterministic(pair: CodePair) {
        let vectors = GraphFixture.vectors(for: pair.code, 2_000, dimension: 24, seed: 3)
        let graphs = [1, 2, 5].map { threads in
            GraphFixture(
                vectors, metric: pair.metric, code: pair.code,
                parameters: BuildParameters(m: 8, efConstruction: 40, seed: 7, threads: threads)
            ).graph
        }
        let bytes = graphs.map {
            Array(UnsafeRawBufferPointer(start: $0.bytes, count: $0.shape.byteCount))
        }
        #expect(bytes[0] == bytes[1] && bytes[0] == bytes[2])
    }

    @Test(
        "thousands of equal vectors stay connected, and as many as asked for are found",
        arguments: WalkCode.allCases)
    func duplicates(code: WalkCode) {
        var vectors = GraphFixture.vectors(for: code, 500, dimension: 48, seed: 8)
        vectors += [[Float]](repeating: vectors[0], count: 3_000)
        let fixture = GraphFixture(vectors, metric: code == .bits ? .hamming : .l2, code: code)
        var reached = Reachability(fixture.graph.view)
        reached.follow(from: 0)
        #expect(reached.count == 500 && fixture.graph.shape.rowCount == vectors.count)
        let found = fixture.search(vectors[0], ef: 100, k: 100)
        #expect(found.count >= 100 && Set(found).count == found.count)
        #expect(found.prefix(100).allSatisfy { fixture.distance(vectors[0], $0) == 0 })
        let others = (1..<60).map { vectors[$0] }
        #expect(fixture.recall(queries: others, ef: 64, k: 1) >= 0.95)
    }

    @Test(
        "vectors of zeros among others are found, or left where no distance is",
        arguments: CodePair.all)
    func zeros(pair: CodePair) {
        var vectors = GraphFixture.vectors(for: pair.code, 200, dimension: 20, seed: 12)
        vectors += [[Float]](repeating: [Float](repeating: 0, count: 20), count: 20)
        let fixture = GraphFixture(vectors, metric: pair.metric, code: pair.code)
        let zero = [Float](repeating: 0, count: 20)
        #expect(fixture.search(zero, ef: 220, k: 220).count == 220)
        guard pair.metric != .innerProduct, pair.metric != .cosine else { return }
        #expect(fixture.search(zero, ef: 64, k: 20).filter { $0 >= 200 }.count == 20)
    }

    @Test("zero vectors, one row and more neighbours than rows")
    func small() {
        let one = GraphFixture([[1, 2, 3]], metric: .cosine)
        #expect(one.search([3, 2, 1], ef: 10, k: 10) == [0])
        let zeros = GraphFixture(
            [[Float]](repeating: [0, 0], count: 40), metric: .cosine)
        #expect(zeros.search([0, 0], ef: 50, k: 50).count == 40)
        let none = GraphFixture([])
        #expect(none.search([1], ef: 10, k: 10).isEmpty)
    }

    @Test("a build that is stopped says so")
    func stopped() {
        let vectors = GraphFixture.clustered(2_000, dimension: 8, seed: 2)
        var shares: [Double] = []
        let graph = GraphBuilder.build(
            count: vectors.count, layout: CodeLayout(kind: .int8, metric: .l2, dimension: 8),
            parameters: BuildParameters(m: 8, efConstruction: 20),
            progress: { share in
                shares.append(share)
                return share < 0.5
            },
            row: { row, vector in
                vector.update(from: vectors[row], count: 8)
                return UInt32(row)
            })
        #expect(graph == nil)
        #expect(shares == shares.sorted() && shares.last.map { $0 >= 0.5 && $0 < 0.6 } == true)
    }
}
