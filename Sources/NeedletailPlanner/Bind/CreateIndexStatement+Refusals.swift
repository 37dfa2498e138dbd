import NeedletailCore
import NeedletailSyntax

/// What `CREATE INDEX` may say for some methods only; `method` is as in "a gin index".
extension CreateIndexStatement {
    /// The one key of an index that neither keeps rows apart nor puts them in order.
    ///
    /// Errors: 0A000 for UNIQUE, for several keys and for a direction.
    func onlyKey(
        of method: String, column: String = "column", severalHint: String, at range: SourceRange?
    ) throws(DatabaseError) -> IndexKey {
        guard !isUnique else {
            throw .unsupported(
                "\(method) cannot be unique",
                hint: "Leave UNIQUE out; the primary key and ordered indexes keep rows apart.",
                at: range)
        }
        guard let key = keys.first, keys.count == 1 else {
            throw .unsupported(
                "\(method) has one \(column), not \(keys.count)", hint: severalHint,
                at: keys.dropFirst().first?.expression.range ?? range)
        }
        guard !key.isDescending, key.nullsFirst == nil else {
            throw .unsupported(
                "\(method) has no direction", hint: "Leave DESC and NULLS out.",
                at: key.expression.range)
        }
        return key
    }

    /// Errors: 0A000 where columns are included, 42704 for any option.
    func refuseIncludedAndOptions(
        of method: String, includedHint: String
    ) throws(DatabaseError) {
        if let column = include.first {
            throw .unsupported(
                "\(method) does not include columns", hint: includedHint, at: column.range)
        }
        if let option = options.first {
            throw DatabaseError(
                .undefinedObject, "unknown option \"\(option.name.text)\" of \(method)",
                hint: "It has no options.", position: option.range)
        }
    }
}

extension IndexKey {
    /// Errors: 42704 for operator classes of vectors, and for what is none.
    func refuseVectorOperatorClass(of method: String) throws(DatabaseError) {
        guard let name = operatorClass,
            !name.text.hasSuffix("_ops") || OperatorClass(rawValue: name.text) != nil
        else { return }
        throw DatabaseError(
            .undefinedObject, "operator class \"\(name.text)\" does not fit \(method)",
            hint: "Leave it out.", position: name.range)
    }
}
