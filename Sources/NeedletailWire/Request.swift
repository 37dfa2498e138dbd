package import NeedletailCore
package import NeedletailText

/// One statement to run, and how to answer it.
package struct StatementRequest: Sendable, Hashable {
    package var sql: String
    package var parameters: Parameters
    /// When present, the statement runs once per element, all in one transaction; searches for
    /// nearest neighbours share passes over the vectors. Their rows follow one another.
    package var batch: [Parameters]?
    /// How vectors appear in the rows.
    package var vectors: ValueJSON.VectorForm
    /// Names the write, so that it is done once however often it is sent.
    package var key: String?
    /// A commit that the answer must be no older than.
    package var after: UInt64?
    /// Milliseconds from arrival, waiting included, after which it ends with 57014.
    package var timeoutMilliseconds: Int64?
    /// `nil` for a plain line, which is answered as a table.
    package var id: RequestID?

    package init(
        sql: String, parameters: Parameters = .none, batch: [Parameters]? = nil,
        vectors: ValueJSON.VectorForm = .base64, key: String? = nil, after: UInt64? = nil,
        timeoutMilliseconds: Int64? = nil, id: RequestID? = nil
    ) {
        self.sql = sql
        self.parameters = parameters
        self.batch = batch
        self.vectors = vectors
        self.key = key
        self.after = after
        self.timeoutMilliseconds = timeoutMilliseconds
        self.id = id
    }
}

/// A line of JSON, understood.
package enum Request: Sendable, Hashable {
    /// `{"id":1,"q":"…", …}`
    case statement(StatementRequest)
    /// `{"id":5,"d":…}` and `{"id":5,"end":true}`: data for a `COPY … FROM STDIN`.
    case copyData(id: RequestID, bytes: [UInt8], isLast: Bool)
    /// `{"cancel":2}`; acts at once, and is answered only where it has an `id` of its own.
    case cancel(RequestID, id: RequestID?)
    /// `{"id":9,"ping":true}`; answered once everything before it is.
    case ping(RequestID)
}

/// Why a line of JSON was refused, and whom to tell.
package struct RequestRefusal: Error, Sendable, Hashable {
    /// The `id` of the line, where it could be read.
    package let id: RequestID?
    package let error: DatabaseError
}
