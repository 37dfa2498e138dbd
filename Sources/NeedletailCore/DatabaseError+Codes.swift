extension DatabaseError {
    /// A five-character code in the SQLSTATE tradition: two characters of class, three of detail.
    ///
    /// Open, so that a new code breaks nobody's `switch`.
    public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }

        // 08: connection and protocol. The connection closes after 08P01.
        public static let connectionFailure: Code = "08006"
        public static let protocolViolation: Code = "08P01"
        // 0A: not supported. Nothing changed.
        public static let notSupported: Code = "0A000"
        // 22: data. The statement failed; the transaction is aborted if one is open.
        public static let dataException: Code = "22000"
        public static let numericOutOfRange: Code = "22003"
        public static let invalidDatetime: Code = "22007"
        public static let divisionByZero: Code = "22012"
        public static let invalidEncoding: Code = "22021"
        public static let invalidParameter: Code = "22023"
        public static let invalidEscape: Code = "22025"
        public static let invalidText: Code = "22P02"
        public static let badCopyFormat: Code = "22P04"
        public static let invalidJSON: Code = "22032"
        // 23: constraints.
        public static let notNullViolation: Code = "23502"
        public static let uniqueViolation: Code = "23505"
        public static let checkViolation: Code = "23514"
        // 21: cardinality.
        public static let cardinalityViolation: Code = "21000"
        // 25: transaction state.
        public static let activeTransaction: Code = "25001"
        public static let readOnlyTransaction: Code = "25006"
        public static let noActiveTransaction: Code = "25P01"
        public static let abortedTransaction: Code = "25P02"
        public static let idleTransactionTimeout: Code = "25P03"
        // 40: rolled back; run the transaction again.
        public static let serializationFailure: Code = "40001"
        // 42: language. Nothing ran.
        public static let syntaxError: Code = "42601"
        public static let undefinedColumn: Code = "42703"
        public static let ambiguousColumn: Code = "42702"
        public static let duplicateColumn: Code = "42701"
        public static let undefinedTable: Code = "42P01"
        public static let undefinedParameter: Code = "42P02"
        public static let duplicateTable: Code = "42P07"
        public static let invalidTableDefinition: Code = "42P16"
        public static let invalidObjectDefinition: Code = "42P17"
        public static let undefinedFunction: Code = "42883"
        public static let undefinedObject: Code = "42704"
        public static let duplicateObject: Code = "42710"
        public static let groupingError: Code = "42803"
        public static let datatypeMismatch: Code = "42804"
        public static let cannotCoerce: Code = "42846"
        public static let indeterminateDatatype: Code = "42P18"
        public static let invalidColumnReference: Code = "42P10"
        // 53: resources. Free some, then retry.
        public static let insufficientResources: Code = "53000"
        public static let diskFull: Code = "53100"
        public static let outOfMemory: Code = "53200"
        public static let tooManyConnections: Code = "53300"
        public static let limitExceeded: Code = "53400"
        // 54: a limit of the request. Change the request.
        public static let programLimit: Code = "54000"
        public static let statementTooComplex: Code = "54001"
        // 55: object state. Wait or close the other.
        public static let objectInUse: Code = "55006"
        public static let lockNotAvailable: Code = "55P03"
        // 57: operator.
        public static let queryCanceled: Code = "57014"
        public static let adminShutdown: Code = "57P01"
        public static let cannotConnectNow: Code = "57P03"
        // 58: system. Check the disk.
        public static let inputOutput: Code = "58030"
        public static let undefinedFile: Code = "58P01"
        public static let unsupportedFormat: Code = "58P02"
        // XX: ours. Stop using the file.
        public static let internalError: Code = "XX000"
        public static let dataCorrupted: Code = "XX001"
        public static let indexCorrupted: Code = "XX002"
    }
}

extension DatabaseError.Code {
    /// The first two characters, which say what is still usable afterwards.
    public var classCode: String { String(rawValue.prefix(2)) }

    /// Whether the same request may succeed when it is simply sent again.
    public var isRetryable: Bool {
        switch self {
        case .serializationFailure, .lockNotAvailable, .connectionFailure, .adminShutdown,
            .cannotConnectNow, .tooManyConnections, .outOfMemory, .insufficientResources:
            true
        default: false
        }
    }
}
