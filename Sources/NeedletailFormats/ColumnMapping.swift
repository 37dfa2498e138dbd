package import NeedletailCore

/// Which name in the input stands for which target column.
package struct ColumnMapping: Sendable {
    package let columns: [Column]
    private var places: [String: Int] = [:]

    /// Every column goes by its own name, but for the input names that `rename` leads elsewhere.
    ///
    /// Errors: 42703 where `rename` names a column that is not among `columns`.
    package init(
        _ columns: [Column], rename: [String: String] = [:]
    ) throws(DatabaseError) {
        self.columns = columns
        for (place, column) in columns.enumerated() where places[column.name] == nil {
            places[column.name] = place
        }
        let own = places
        for (name, target) in rename.sorted(by: { $0.key < $1.key }) {
            guard let place = own[target] else {
                throw .unknownColumn(
                    target, columns: columns, hint: "Rename \"\(name)\" to one of them.")
            }
            places[name] = place
        }
    }

    /// The column that `name` stands for, if any.
    package func place(of name: String) -> Int? { places[name] }
}
