import NeedletailCore

/// The error inside the parser: one pointer, so that a frame of the recursive descent stays small.
///
/// `DatabaseError` is converted to and from it only here and at the parser's front.
struct SyntaxFailure: Error {
    private final class Box: Sendable {
        let error: DatabaseError

        init(_ error: DatabaseError) { self.error = error }
    }

    private let box: Box

    /// What the caller of the parser gets to see.
    var error: DatabaseError { box.error }

    init(_ error: DatabaseError) { box = Box(error) }

    init(
        _ code: DatabaseError.Code, _ message: String, hint: String?, position: SourceRange?
    ) {
        box = Box(DatabaseError(code, message, hint: hint, position: position))
    }

    /// The same failure with `hint`, unless it has one.
    func hinting(_ hint: String) -> SyntaxFailure {
        var error = box.error
        error.hint = error.hint ?? hint
        return SyntaxFailure(error)
    }
}
