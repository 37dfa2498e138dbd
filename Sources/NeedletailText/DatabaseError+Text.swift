package import NeedletailCore

extension DatabaseError.Code {
    /// A date or a moment outside what the calendar here holds.
    package static let datetimeOverflow: Self = "22008"
}

extension DatabaseError {
    /// 22P02: `text` does not read as a value of `type`. Long texts are shown by their beginning.
    static func unreadable(
        _ text: ArraySlice<UInt8>, as type: String, hint: String? = nil
    ) -> DatabaseError {
        DatabaseError(.invalidText, "\(quoted(text)) is not a valid \(type)", hint: hint)
    }

    /// 22003: `text` is a number, and too large or too small for `type`.
    static func outOfRange(_ text: ArraySlice<UInt8>, for type: String) -> DatabaseError {
        DatabaseError(.numericOutOfRange, "\(quoted(text)) is out of range for \(type)")
    }

    /// 22000: a vector of the wrong size.
    static func dimensions(expected: Int, found: Int) -> DatabaseError {
        DatabaseError(
            .dataException, "expected \(expected) dimensions, not \(found)",
            hint: "Give as many components as the column, or the other vector, has.")
    }

    /// 54000: more components than a vector may have.
    static func tooManyDimensions(_ type: String) -> DatabaseError {
        DatabaseError(
            .programLimit, "\(type) cannot have more than \(Limits.dimensionMax) dimensions",
            hint: "Split the vector over several columns, or reduce its dimension.")
    }

    /// 22000: a vector without components.
    static func noDimensions(_ type: String) -> DatabaseError {
        DatabaseError(.dataException, "\(type) must have at least 1 dimension")
    }

    /// At most 60 bytes of `text` in double quotes, with an ellipsis where it was cut.
    private static func quoted(_ text: ArraySlice<UInt8>) -> String {
        let shown = String(decoding: text.prefix(60), as: UTF8.self)
        return text.count > 60 ? "\"\(shown)…\"" : "\"\(shown)\""
    }
}
