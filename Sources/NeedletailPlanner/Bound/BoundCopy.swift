package import NeedletailCore

/// `COPY table FROM …`.
package struct BoundCopyFrom: Sendable, Hashable {
    package var table: TableDefinition
    package var indexes: [IndexDefinition]
    /// Column positions that the input fills, in order (CSV) or by name (JSONL).
    package var targets: [Int]
    package var defaults: [Int: BoundExpression]
    package var checks: [BoundCheck]
    package var origin: Endpoint
    package var options: CopyOptions

    /// Where the bytes are.
    package enum Endpoint: Sendable, Hashable {
        case file(String)
        /// `STDIN` or `STDOUT`.
        case stream
    }

    package init(
        table: TableDefinition, indexes: [IndexDefinition], targets: [Int],
        defaults: [Int: BoundExpression], checks: [BoundCheck], origin: Endpoint,
        options: CopyOptions
    ) {
        self.table = table
        self.indexes = indexes
        self.targets = targets
        self.defaults = defaults
        self.checks = checks
        self.origin = origin
        self.options = options
    }
}

/// `COPY table TO …` and `COPY (query) TO …`.
package struct BoundCopyTo: Sendable, Hashable {
    package var query: BoundQuery
    package var destination: BoundCopyFrom.Endpoint
    package var options: CopyOptions

    package init(
        query: BoundQuery, destination: BoundCopyFrom.Endpoint, options: CopyOptions
    ) {
        self.query = query
        self.destination = destination
        self.options = options
    }
}

/// The options in the parentheses of `COPY`.
package struct CopyOptions: Sendable, Hashable {
    package var format: Format = .jsonl
    /// CSV: the first line names the columns.
    package var hasHeader = false
    package var delimiter = UInt8(ascii: ",")
    package var nullText = ""
    package var isGzip = false
    /// Input key -> column name.
    package var renames: [String: String] = [:]
    /// Column name -> file of row-aligned vectors.
    package var vectorFiles: [String: String] = [:]
    /// Skip rows that cannot be stored instead of stopping.
    package var skipsErrors = false
    /// Ignore input keys that are not columns.
    package var ignoresUnknownKeys = false
    /// Rows of one transaction when `COPY` runs outside of one.
    package var batchRows = 10_000

    /// `faiss`, `COPY … TO`: which index is written.
    package var index = FAISSIndexKind.flat
    package var metric = Metric.l2

    package enum Format: String, Sendable, Hashable {
        case jsonl, csv
        /// An index file of FAISS: vectors and, where they have some, integers that name them.
        case faiss
    }

    package init() {}
}
