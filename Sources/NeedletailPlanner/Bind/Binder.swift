package import NeedletailCore
package import NeedletailSyntax

/// How a statement calls one of its parameters.
package enum ParameterKey: Sendable, Hashable {
    /// `$1` is the first.
    case position(Int)
    case name(String)
}

/// Gives every name, type and function of a statement its meaning.
///
/// Binding reads definitions and no rows. Errors are of class 42 (and 0A000 for what this release
/// does not have), with the position of what they are about; literals that do not fit the type
/// that their place asks for fail here, with the codes of their types.
package enum Binder {
    /// Binds `statement` against one snapshot of the definitions.
    ///
    /// Parameters come out in the order `$1`, `$2`, … or of their first use by name. Each takes the
    /// type that its first use asks for, text where nothing asks, and ``ValueType/unknown`` where
    /// any value will do as it is (against a JSON path).
    ///
    /// - Parameter declaredParameters: types that are known beforehand.
    package static func bind(
        _ statement: Statement, catalog: some CatalogView,
        declaredParameters: [ParameterKey: ValueType] = [:]
    ) throws(DatabaseError) -> BoundStatement {
        let binder = StatementBinder(
            catalog: catalog, uses: statement.parameters, declared: declaredParameters)
        let kind = try binder.bind(statement)
        return BoundStatement(
            kind: kind, parameters: binder.boundParameters, notices: binder.notices)
    }
}

/// What one statement gathers while it is bound: parameter types and notices.
final class StatementBinder {
    let catalog: any CatalogView
    private let keys: [ParameterKey]
    private let positions: [String: Int]
    private var types: [ValueType]
    /// Parameters that may be of any type, so that no default applies to them.
    private var untyped: Set<Int> = []
    private(set) var notices: [Notice] = []

    init(catalog: any CatalogView, uses: ParameterUse, declared: [ParameterKey: ValueType]) {
        self.catalog = catalog
        keys =
            switch uses {
            case .none: []
            case .positional(let count): (0..<max(0, count)).map { .position($0 + 1) }
            case .named(let names): names.map { .name($0) }
            }
        var positions: [String: Int] = [:]
        for (position, key) in keys.enumerated() {
            if case .name(let name) = key { positions[name] = position }
        }
        self.positions = positions
        types = keys.map { declared[$0] ?? .unknown }
    }

    func notice(_ code: DatabaseError.Code, _ message: String, hint: String? = nil) {
        let notice = Notice(code, message, hint: hint)
        if !notices.contains(notice) { notices.append(notice) }
    }

    func notice(_ notice: Notice?) {
        if let notice, !notices.contains(notice) { notices.append(notice) }
    }

    /// The parameter as an expression, of the type known so far.
    func parameter(
        _ parameter: Parameter, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let position: Int? =
            switch parameter {
            case .positional(let number): number - 1
            case .named(let name): positions[name]
            }
        guard let position, keys.indices.contains(position) else {
            throw DatabaseError(
                .undefinedParameter, "a definition cannot have parameters",
                hint: "Write the value itself.", position: range)
        }
        return BoundExpression(.parameter(position), types[position], range)
    }

    /// Settles the type of a parameter that had none.
    func settle(_ position: Int, as type: ValueType) {
        if types[position] == .unknown { types[position] = type }
    }

    /// Leaves a parameter without a type: the value decides.
    func leaveUntyped(_ position: Int) { untyped.insert(position) }

    var boundParameters: [BoundParameter] {
        keys.indices.map { position in
            let name: String? =
                if case .name(let name) = keys[position] { name } else { nil }
            let type = types[position]
            let settled = type == .unknown && !untyped.contains(position) ? .text : type
            return BoundParameter(name: name, type: settled)
        }
    }
}
