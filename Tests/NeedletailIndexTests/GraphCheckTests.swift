import NeedletailIndex
import NeedletailKernels
import Testing

/// Damage done by hand to graphs that were sound.
@Suite("Checks of graphs")
struct GraphCheckTests {
    /// 600 nodes on two levels and 20 duplicates.
    private static func make() -> GraphMemory {
        var vectors = GraphFixture.clustered(600, dimension: 8, seed: 21)
        vectors += [[Float]](repeating: vectors[0], count: 20)
        return GraphFixture(vectors).graph
    }

    /// The problems of a graph after `harm`, which must have had none before.
    private static func problems(_ harm: (GraphView, GraphMemory) -> Void) -> String {
        let graph = make()
        #expect(GraphCheck.problems(of: graph).isEmpty)
        harm(graph.view, graph)
        return GraphCheck.problems(of: graph).joined(separator: "; ")
    }

    @Test("graphs of any size are sound", arguments: [0, 1, 2, 3, 50, 1_000])
    func sound(count: Int) {
        let fixture = GraphFixture(GraphFixture.clustered(count, dimension: 12, seed: 9))
        #expect(GraphCheck.problems(of: fixture.graph).isEmpty)
    }

    @Test("links that lead nowhere, to themselves or twice to one node")
    func links() {
        #expect(
            Self.problems { view, _ in view.baseLinks[5 * view.baseDegree] = 1 << 30 }
                .contains("node 5 of level 0 links to node 1073741824 of 600"))
        #expect(
            Self.problems { view, _ in view.upperLinks[0][view.upperDegree] = 599 }
                .contains("node 1 of level 1 links to node 599 of"))
        #expect(
            Self.problems { view, _ in view.baseLinks[7 * view.baseDegree] = 7 }
                .contains("node 7 of level 0 links to itself"))
        #expect(
            Self.problems { view, _ in
                let list = view.baseLinks + 7 * view.baseDegree
                list[1] = list[0]
            }.contains("node 7 of level 0 links to node"))
    }

    @Test("lists without links or with a gap")
    func lists() {
        #expect(
            Self.problems { view, _ in
                for place in 0..<view.upperDegree {
                    view.upperLinks[0][place] = GraphView.noNode
                }
            }.contains("node 0 of level 1 has no links"))
        #expect(
            Self.problems { view, _ in
                let list = view.baseLinks + 9 * view.baseDegree
                list[view.baseDegree - 1] = 3
                list[view.baseDegree - 2] = GraphView.noNode
            }.contains("the links of node 9 of level 0 have a gap"))
    }

    @Test("nodes that no walk comes to")
    func unreachable() {
        let problems = Self.problems { view, _ in
            for node in 0..<view.nodeCount {
                let list = view.baseLinks + node * view.baseDegree
                let kept = (0..<view.baseDegree).map { list[$0] }.filter {
                    $0 != 400 && $0 != GraphView.noNode
                }
                for place in 0..<view.baseDegree {
                    list[place] = place < kept.count ? kept[place] : GraphView.noNode
                }
            }
        }
        #expect(problems == "no walk comes to 1 of 600 nodes, the first is node 400")
    }

    @Test("duplicates out of order or beside a node that is not there")
    func duplicates() {
        func change(_ place: Int, _ value: UInt32) -> String {
            Self.problems { _, graph in
                graph.bytes.storeBytes(
                    of: value, toByteOffset: graph.shape.duplicatesOffset + place * 4,
                    as: UInt32.self)
            }
        }
        // Pairs of node and slot.
        #expect(change(39, 0) == "the equal row at slot 0 is out of order")
        #expect(change(38, 600) == "slot 619 stands beside node 600 of 600")
    }

    @Test("levels that do not nest")
    func levels() {
        func problems(_ counts: [Int]) -> [String] {
            GraphCheck.problems(
                of: GraphMemory(
                    GraphShape(
                        levelCounts: counts, baseDegree: 4, upperDegree: 2, recordBytes: 32,
                        duplicateCount: 0)))
        }
        #expect(problems([4, 9]) == ["level 1 has 9 nodes and the level below it 4"])
        #expect(problems([4, 0]) == ["level 1 has no nodes"])
    }
}
