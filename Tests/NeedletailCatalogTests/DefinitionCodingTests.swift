import NeedletailCatalog
import NeedletailCore
import Testing

@Suite struct DefinitionCodingTests {
    /// As files of format 1 have held it from the start.
    private static let ordered = #"""
        {"id":3,"keys":[{"path":["page",-1],"column":2,"descending":true,"nullsFirst":true}],\#
        "name":"by_page","table":1,"method":"btree","unique":true}
        """#

    @Test func `an ordered index reads, and is written, as it always was`() throws {
        let index = try DefinitionCoding.index(Array(Self.ordered.utf8))
        #expect(
            index
                == IndexDefinition(
                    id: 3, name: "by_page", tableID: 1, isUnique: true,
                    keys: [
                        .init(
                            columnID: 2, path: [.key("page"), .index(-1)], isDescending: true,
                            nullsFirst: true)
                    ]))
        #expect(String(decoding: DefinitionCoding.encode(index), as: UTF8.self) == Self.ordered)
    }

    private static let computed = #"""
        {"id":4,"keys":[{"expression":"lower(name)","type":"text","columns":[1,3],"path":[],\#
        "descending":false,"nullsFirst":false}],\#
        "name":"by_name","table":1,"method":"bitmap on expressions","unique":false}
        """#

    @Test func `an index on an expression is of a kind of its own in the file`() throws {
        let index = try DefinitionCoding.index(Array(Self.computed.utf8))
        let expression = IndexExpression(text: "lower(name)", type: .text, columnIDs: [1, 3])
        #expect(
            index
                == IndexDefinition(
                    id: 4, name: "by_name", tableID: 1, method: .bitmap, keys: [.init(expression)]))
        #expect(try DefinitionCoding.index(DefinitionCoding.encode(index)) == index)
    }

    @Test(arguments: [("\"text\"", "\"txt\""), ("[1,3]", "[70000]"), ("[1,3]", "[]")])
    func `a damaged expression is called damaged`(part: String, damage: String) {
        let error = #expect(throws: DatabaseError.self) {
            try DefinitionCoding.index(
                Array(Self.computed.replacing(part, with: damage).utf8))
        }
        #expect(error?.code == .dataCorrupted)
    }

    @Test(arguments: Metric.allCases, VectorIndexOptions.Codes.allCases)
    func `a vector index comes back whole`(
        metric: Metric, codes: VectorIndexOptions.Codes
    ) throws {
        let index = IndexDefinition(
            id: .max, name: "dÖcs \"v\"", tableID: 7, method: .hnsw,
            keys: [IndexDefinition.Key(columnID: 5)],
            vector: VectorIndexOptions(
                metric: metric, m: 48, efConstruction: 96, codes: codes, include: [0, .max],
                seed: .max - 1))
        #expect(try DefinitionCoding.index(DefinitionCoding.encode(index)) == index)
    }

    private static let vector =
        #"{"metric":"l2","m":16,"efConstruction":200,"codes":"auto","include":[4],"seed":42}"#

    private static func record(method: String = "hnsw", vector: String) -> [UInt8] {
        Array(
            """
            {"id":1,"name":"v","table":1,"method":"\(method)","unique":false,\
            "keys":[{"column":5,"path":[],"descending":false,"nullsFirst":false}]\
            \(vector.isEmpty ? "" : #","vector":\#(vector)"#)}
            """.utf8)
    }

    @Test(arguments: [
        ("btree", vector), ("ivf", vector), ("hnsw", lists), ("hnsw", ""),
        ("ivf", lists.replacing("2}", with: "3}")), ("ivf", lists.replacing("7", with: "0")),
        ("hnsw", "7"),
        ("hnsw", vector.replacing("16", with: "1")),
        ("hnsw", vector.replacing("200", with: "1001")),
        ("hnsw", vector.replacing("[4]", with: "[65536]")),
        ("hnsw", vector.replacing("42", with: "\"42\"")),
    ])
    func `a damaged record is called damaged`(method: String, vector: String) {
        let error = #expect(throws: DatabaseError.self) {
            try DefinitionCoding.index(Self.record(method: method, vector: vector))
        }
        #expect(error?.code == .dataCorrupted)
    }

    @Test(arguments: [
        ("diskann", vector), ("hnsw", vector.replacing("l2", with: "l3")),
        ("hnsw", vector.replacing("auto", with: "int2")),
    ])
    func `an index of a later version is refused as such`(method: String, vector: String) {
        let error = #expect(throws: DatabaseError.self) {
            try DefinitionCoding.index(Self.record(method: method, vector: vector))
        }
        #expect(error?.code == .unsupportedFormat)
    }

    /// The options of an index of lists.
    private static let lists =
        String(vector.dropLast()) + #","lists":{"count":7,"assign":2}}"#

    @Test func `a record of lists reads as it was written`() throws {
        let index = try DefinitionCoding.index(Self.record(method: "ivf", vector: Self.lists))
        #expect(
            index.vector
                == VectorIndexOptions(
                    metric: .l2, include: [4], seed: 42, lists: .init(count: 7, assign: 2)))
        #expect(try DefinitionCoding.index(DefinitionCoding.encode(index)) == index)
    }

    @Test func `a record without anything wrong reads`() throws {
        let index = try DefinitionCoding.index(Self.record(vector: Self.vector))
        #expect(index.vector == VectorIndexOptions(metric: .l2, include: [4], seed: 42))
    }
}
