/// The one error type that leaves this package.
///
/// Branch on ``code``; show ``message`` and ``hint`` to people; never parse either.
public struct DatabaseError: Error, Sendable, Hashable {
    /// What kind of failure it is; stable across versions and across every way in.
    public let code: Code
    /// One sentence with the values that caused it.
    public let message: String
    /// What to do about it.
    public var hint: String?
    /// The offending part of the statement, in UTF-8 bytes, when there is one.
    public var position: SourceRange?
    /// With 08006: the statement was sent, is more than a read, and its answer was lost with the
    /// connection, so that it may have been carried out or not. Look before you repeat it.
    public var hasUnknownOutcome = false

    public init(
        _ code: Code, _ message: String, hint: String? = nil, position: SourceRange? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.position = position
    }

    /// The same error, pointing at `range` unless it points somewhere already.
    public func at(_ range: SourceRange?) -> DatabaseError {
        guard position == nil, let range else { return self }
        var copy = self
        copy.position = range
        return copy
    }

    /// Whether the same request may succeed when it is sent again, and cannot be done twice so.
    public var isRetryable: Bool { code.isRetryable && !hasUnknownOutcome }

    /// The same error, naming the set of parameters that met it.
    package func inBatch(element: Int) -> DatabaseError {
        DatabaseError(
            code, "\(message) (element \(element) of the batch, counted from 0)", hint: hint,
            position: position)
    }
}

extension DatabaseError: CustomStringConvertible {
    public var description: String {
        let tail = hint.map { " (\($0))" } ?? ""
        return "\(code.rawValue): \(message)\(tail)"
    }
}
