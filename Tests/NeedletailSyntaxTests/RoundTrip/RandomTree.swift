import NeedletailCore
import NeedletailSyntax

/// Makes random trees of the form that the parser makes: what it would never build (a query in
/// parentheses that say nothing, a list of one) is left out.
struct RandomTree {
    var generator: SplitMix64
    /// Whether this statement numbers its parameters.
    private var usesNumbers = false

    init(seed: UInt64) {
        generator = SplitMix64(seed: seed)
        usesNumbers = Bool.random(using: &generator)
    }

    mutating func chance(_ outOf: Int) -> Bool { Int.random(in: 0..<outOf, using: &generator) == 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    mutating func some<Element>(
        _ range: ClosedRange<Int>, _ make: (inout RandomTree) -> Element
    ) -> [Element] {
        (0..<Int.random(in: range, using: &generator)).map { _ in make(&self) }
    }

    mutating func maybe<Element>(_ make: (inout RandomTree) -> Element) -> Element? {
        Bool.random(using: &generator) ? make(&self) : nil
    }

    // MARK: - Names

    private static let names = [
        "a", "b", "embedding", "doc_id", "x1", "_u", "größe", "名前", "Weird Name", "quo\"te",
        "select", "order", "values", "nulls", "concurrently", "key", "timestamp", "time", "date",
        "snapshot", "filter", "over", "by", "of", "if", "on", "set", "left", "current_date", "e",
        "b64", "Upper", "escape", "row", "default", "tables", "local", "character", "double",
    ]

    mutating func name() -> Identifier { Identifier(pick(Self.names)) }

    mutating func objectName() -> ObjectName {
        ObjectName(chance(4) ? some(2...3) { $0.name() } : [name()])
    }

    mutating func step() -> Identifier {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            Identifier(pathStep: pick(["pageNumber", "Page", "from", "VALUES"]), isQuoted: false)
        case 1: Identifier(pathStep: pick(["a.b", "Page", "x\"y", "plain"]), isQuoted: true)
        default: name()
        }
    }

    mutating func type() -> TypeName {
        let name = Identifier(
            pick([
                "bigint", "double precision", "vector", "text", "My Type", "timestamptz",
                "timestamp", "bit", "character", "select", "numeric",
            ]))
        let modifiers =
            chance(3)
            ? some(1...2) { tree -> TypeModifier in
                tree.pick([.number(3), .name(Identifier("point")), .string("it's")])
            } : []
        return TypeName(
            name, modifiers: modifiers,
            arrayBounds: chance(4) ? some(1...2) { $0.pick([nil, 3]) } : [])
    }

    // MARK: - Leaves

    mutating func text() -> String {
        pick(["", "a", "it's", "back\\slash", "''", "größe 🐦", "two\nlines", "%_", "\t--/*"])
    }

    mutating func literal() -> Literal {
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: .null
        case 1: .boolean(Bool.random(using: &generator))
        case 2: .integer(pick([0, 1, 42, -1, .max, .min]))
        case 3: decimal()
        case 4: .bits(pick(["", "0", "0101"]))
        case 5: .bytes(pick([[], [0], [0xFF, 0x1A]]))
        case 6: .base64(pick(["", "AACAPw=="]))
        default: .string(text())
        }
    }

    private mutating func decimal() -> Literal {
        let text = pick(["1.5", ".5", "5.", "1e5", "1.5E-3", "-2.25", "-.5", "9223372036854775808"])
        return .decimal(text, Double(text) ?? 0)
    }

    mutating func parameter() -> Parameter {
        usesNumbers
            ? .positional(Int.random(in: 1...20, using: &generator))
            : .named(pick(["q", "text_2", "_x", "Name", "select"]))
    }

    mutating func leaf() -> Expression {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1: Expression(.literal(literal()))
        case 2: Expression(.parameter(parameter()))
        case 3:
            Expression(
                .typedLiteral(
                    TypeName(Identifier(pick(["date", "timestamptz", "vector", "e", "escape"]))),
                    text()))
        default: Expression(.column([name()] + (chance(3) ? some(1...3) { $0.step() } : [])))
        }
    }
}
