import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("Graphs")
struct GraphTests {
    @Test(
        "a search finds nearly all of the nearest", arguments: WalkMetric.allCases,
        WalkCode.allCases)
    func recall(metric: WalkMetric, code: WalkCode) {
        let all = GraphFixture.clustered(2_100, dimension: 40, seed: 5)
        let fixture = GraphFixture(Array(all.dropLast(100)), metric: metric, code: code)
        let recall = fixture.recall(queries: Array(all.suffix(100)), ef: 64, k: 10)
        print("recall of \(metric) with \(code): \(recall)")
        #expect(recall >= 0.95)
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
    @Test("the graph does not depend on the number of threads")
    func deterministic() {
        let vectors = GraphFixture.clustered(3_000, dimension: 24, seed: 3)
        let graphs = [1, 2, 5].map { threads in
            GraphFixture(
                vectors,
                parameters: BuildParameters(m: 8, efConstruction: 40, seed: 7, threads: threads)
            ).graph
        }
        let bytes = graphs.map {
            Array(UnsafeRawBufferPointer(start: $0.bytes, count: $0.shape.byteCount))
        }
        #expect(bytes[0] == bytes[1] && bytes[0] == bytes[2])
    }

    @Test("thousands of equal vectors stay connected, and as many as asked for are found")
    func duplicates() {
        var vectors = GraphFixture.clustered(500, dimension: 16, seed: 8)
        vectors += [[Float]](repeating: vectors[0], count: 3_000)
        let fixture = GraphFixture(vectors)
        var reached = Reachability(fixture.graph.view)
        reached.follow(from: 0)
        #expect(reached.count == 500 && fixture.graph.shape.rowCount == vectors.count)
        let found = fixture.search(vectors[0], ef: 100, k: 100)
        #expect(found.count >= 100 && Set(found).count == found.count)
        #expect(found.prefix(100).allSatisfy { fixture.distance(vectors[0], $0) == 0 })
        let others = (1..<60).map { vectors[$0] }
        #expect(fixture.recall(queries: others, ef: 64, k: 1) >= 0.95)
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
