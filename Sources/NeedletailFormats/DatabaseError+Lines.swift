import NeedletailCore

extension DatabaseError {
    /// The same error, saying where in the input it happened. A position is dropped, because it
    /// counts from the start of a line or a field and not of the statement.
    func inLine(_ number: Int, column: String? = nil) -> DatabaseError {
        let place = column.map { "line \(number), column \"\($0)\"" } ?? "line \(number)"
        return DatabaseError(code, "\(place): \(message)", hint: hint)
    }

    /// 42703: the input has something that is no column, with the columns there are.
    static func unknownColumn(_ name: String, columns: [Column], hint: String) -> DatabaseError {
        let names = columns.prefix(20).map(\.name).joined(separator: ", ")
        let rest = columns.count > 20 ? ", and \(columns.count - 20) more" : ""
        return DatabaseError(
            .undefinedColumn, "\"\(name)\" is not a column",
            hint: "The columns are \(names)\(rest). \(hint)")
    }
}
