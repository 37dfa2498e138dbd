import NeedletailCore
import Testing

/// Expects `body` to throw an error with `code`, and returns it.
@discardableResult
func expectRefusal(
    _ code: DatabaseError.Code, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws(DatabaseError) -> some Any
) -> DatabaseError? {
    do {
        let value = try body()
        Issue.record("accepted as \(value)", sourceLocation: sourceLocation)
        return nil
    } catch {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    }
}
