package import NeedletailCore

/// One operator as `EXPLAIN` shows it.
package struct ExplainNode: Sendable, Hashable {
    /// Which operator of the plan it is: `0` for the root, then one `.0` for each step towards the
    /// source; `S1` and so on for the plans of subqueries, `W` for the write around a plan.
    package var path: String
    /// `Index Scan using docs_lang_idx on docs`.
    package var title: String
    /// `Filter` and the like, in the order in which they are printed.
    package var details: [Detail]
    package var children: [ExplainNode]
    /// Whether it ranks rows by their distance from a vector.
    package var isSearch = false
    /// How many rows it will hand out, by an estimate; `nil` where nothing is known.
    package var estimatedRows: Double?

    /// The estimate as a whole number; one where it is less and yet may be something.
    package var estimatedRowCount: Int? {
        estimatedRows.flatMap { rows in
            Int(exactly: rows > 0 ? max(1, rows.rounded()) : 0)
        }
    }

    /// A labelled line below a node.
    package struct Detail: Sendable, Hashable {
        package var label: String
        package var text: String

        package init(label: String, text: String) {
            self.label = label
            self.text = text
        }
    }

    init(_ path: String, _ title: String, _ details: [Detail] = [], _ children: [ExplainNode] = [])
    {
        self.path = path
        self.title = title
        self.details = details
        self.children = children
    }
}

extension ExplainNode {
    /// The tree as PostgreSQL prints it, one line each.
    ///
    /// - Parameter annotate: what to add behind the title of a node.
    package func lines(annotate: (ExplainNode) -> String? = { _ in nil }) -> [String] {
        var lines: [String] = []
        append(to: &lines, level: 0, annotate)
        return lines
    }

    private func append(
        to lines: inout [String], level: Int, _ annotate: (ExplainNode) -> String?
    ) {
        let arrow = level == 0 ? "" : Self.spaces(6 * level - 4) + "->  "
        let note = annotate(self).map { "  \($0)" } ?? ""
        lines.append(arrow + title + note)
        let indent = Self.spaces(level == 0 ? 2 : 6 * level + 2)
        for detail in details { lines.append("\(indent)\(detail.label): \(detail.text)") }
        for child in children { child.append(to: &lines, level: level + 1, annotate) }
    }

    /// The first search of the tree, from the top.
    package var firstSearch: ExplainNode? {
        if isSearch { return self }
        for child in children {
            if let search = child.firstSearch { return search }
        }
        return nil
    }

    /// The tree with further details of the node at `path`.
    package func adding(_ more: [Detail], at path: String) -> ExplainNode {
        var node = self
        if self.path == path { node.details += more }
        node.children = children.map { $0.adding(more, at: path) }
        return node
    }

    private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

    /// The tree as `EXPLAIN (FORMAT json)` gives it: an object with `Node`, the details by their
    /// labels, and `Plans` where there is anything below.
    ///
    /// - Parameter annotate: further members for a node.
    package func json(annotate: (ExplainNode) -> [JSONObject.Member] = { _ in [] }) -> JSON {
        var members = [JSONObject.Member(key: "Node", value: .string(title))]
        members += details.map { JSONObject.Member(key: $0.label, value: .string($0.text)) }
        members += annotate(self)
        if !children.isEmpty {
            members.append(
                JSONObject.Member(
                    key: "Plans", value: .array(children.map { $0.json(annotate: annotate) })))
        }
        return .object(JSONObject(members))
    }
}
