/// Every number that bounds something, in one place.
public enum Limits {
    // Language
    /// Bytes of one statement.
    public static let statementBytesMax = 64 << 20
    /// Nesting of expressions, subqueries and JSON values.
    public static let nestingDepthMax = 200
    /// Parameters of one statement.
    public static let parametersMax = 65_535
    /// Bytes of a table, column or index name.
    public static let nameBytesMax = 63

    // Tables
    /// Columns of one table.
    public static let columnsMax = 1_600
    /// Components of a `vector`, `halfvec` or `bit` column.
    public static let dimensionMax = 16_000
    /// Bytes of one value other than a vector.
    public static let valueBytesMax = 256 << 20
    /// Elements of one array value.
    public static let arrayElementsMax = 1_000_000
    /// Indexes of one table.
    public static let indexesPerTableMax = 64
    /// Columns of one ordered index or primary key.
    public static let keyColumnsMax = 32
    /// Columns that one vector index includes.
    public static let includedColumnsMax = 32
    /// Slots of one table.
    public static let slotsMax = UInt32.max - 1

    // Vector indexes and searches
    /// Neighbours of a node of a graph (`m`).
    public static let graphDegreeRange = 2...100
    public static let graphDegreeDefault = 16
    /// Candidates looked at for each node while a graph is built (`ef_construction`).
    public static let efConstructionRange = 4...1_000
    public static let efConstructionDefault = 200
    /// Candidates kept in a walk (`ef_search`).
    public static let efSearchRange = 1...1_000
    /// Lists of an index (`lists`).
    public static let listsRange = 1...32_768
    /// In how many of them a vector may be (`assign`).
    public static let listAssignRange = 1...2
    /// Lists visited in a search (`probes`).
    public static let probesRange = 1...32_768
    /// Candidates for each wanted row that are scored again (`rescore`).
    public static let rescoreRange = 1...100

    /// Searches that share one pass over the vectors: of rows in front of `LATERAL`, of sets of
    /// parameters of a batch.
    package static let sharedSearchesMax = 64
    /// Rows that they may find together.
    package static let sharedResultsMax = 1 << 20

    // Statistics
    /// Rows of a sample.
    package static let statisticsRowsMax = 30_000
    /// Common values, and bounds of a histogram, of one column.
    package static let statisticsValuesMax = 100
    /// Changed rows below which statistics are not gathered anew.
    package static let statisticsChangesMin = 500

    /// Rows whose vectors `RECALL` takes for queries.
    package static let recallSamplesMax = 10_000

    // Storage
    /// Address space reserved for the map of one environment.
    public static let mapBytesDefault = 1 << 40
    /// Concurrent read transactions over all processes.
    public static let readersMax = 1_022
    /// Bytes of memory that a database is given at least, where a budget is set.
    public static let memoryBudgetBytesMin = 8 << 20
    /// Bytes of an LMDB key.
    public static let storageKeyBytesMax = 511
    /// Payload of a vector block, about.
    public static let vectorBlockBytesTarget = 64 << 10
    /// Seconds that a streaming cursor may stay open.
    public static let cursorAgeSecondsMax = 300

    // Sessions
    /// Milliseconds to wait for the writer.
    public static let lockTimeoutMillisecondsDefault = 10_000
    /// Milliseconds an open transaction may sit idle while it holds the writer.
    public static let idleInTransactionMillisecondsDefault = 60_000
    /// Rows outside of an index's segments before they are taken in.
    package static let graphTailRowsMax = 2_048
    /// Bytes of sets of rows that filters have found, kept for the next statement.
    public static let filterMaskBytesMax = 128 << 20

    // Writes that are done once
    /// Bytes of an idempotency key.
    public static let idempotencyKeyBytesMax = 255
    /// Seconds that a key, and what its commit answered, are kept at least, while there are not
    /// more than ``idempotencyKeysMax`` newer ones.
    public static let idempotencyKeySecondsMax = 86_400
    /// Keys that are kept.
    public static let idempotencyKeysMax = 100_000
    /// Bytes of the rows that a statement with a key returns: they are kept with the key.
    public static let idempotencyAnswerBytesMax = 64 << 10
    /// Milliseconds that a request waits for a commit that is not there yet.
    public static let commitWaitMilliseconds = 2_000
    /// Commits ahead of the newest one that are not waited for: no writer makes so many meanwhile.
    package static let commitsAheadMax: UInt64 = 1_000_000

    /// Prepared statements kept by text in one session.
    public static let cachedStatementsMax = 256

    // Server
    /// Bytes of one line of the protocol.
    public static let lineBytesMax = 64 << 20
    /// Connections at once.
    public static let connectionsMax = 1_000
    /// Requests of one connection that wait or run.
    public static let requestsInFlightMax = 128
    /// Bytes of requests of one connection that wait or run, beyond which it is not read.
    public static let requestBytesInFlightMax = 64 << 20
    /// Statements of all connections that wait for a thread.
    public static let statementsWaitingMax = 1_000
    /// Microseconds that a query takes at most of a thread that reads and writes for others, by
    /// what it took lately, and milliseconds after which it is taken off such a thread.
    public static let briefMicroseconds: Int64 = 1_000
    public static let briefPatienceMilliseconds = 5
    /// Bytes that all connections together hold: requests, `COPY` data, replies that wait.
    public static let serverMemoryBytesMax = 1 << 30
    /// Bytes of replies that wait for one slow reader before its statement pauses.
    public static let outboundBytesMax = 4 << 20
    /// Rows, and bytes, of a reply that is sent as one line.
    public static let singleLineRowsMax = 256
    public static let singleLineBytesMax = 256 << 10

    // Client
    /// Connections that a client keeps at most.
    public static let clientConnectionsDefault = 10
    /// Milliseconds to wait for one of them, and for a server to take a new one.
    public static let clientWaitMillisecondsDefault = 30_000
    public static let connectMillisecondsDefault = 10_000
    /// Seconds after which a connection that nobody used is not used again.
    public static let clientIdleSecondsDefault = 600
    /// How often a statement is repeated where that is safe.
    public static let clientRetriesDefault = 5
    /// Milliseconds beyond a statement's own time that its answer may take on the way.
    package static let answerGraceMilliseconds = 5_000
    /// Requests on their way at once in a pipeline.
    package static let pipelineRequestsMax = 64
}
