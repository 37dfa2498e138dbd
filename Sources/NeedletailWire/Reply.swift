import NeedletailCore

/// The lines of one reply, in the form its request asked for.
///
/// Rows are held until a line (or the width of a table) is decided; ``ready`` has whole lines only.
protocol Reply: AnyObject {
    /// Whole lines that may be sent.
    var ready: [UInt8] { get set }
    func start(columns: [Column], isCopyOut: Bool)
    /// Takes one row; as many values as there are columns.
    func append(_ values: [Value])
    /// One set of parameters of a batch is through, with all its rows.
    func endSet()
    /// Ends a reply that succeeded. One that failed is simply dropped, with the rows it holds.
    func finish(_ summary: StatementSummary, transaction: TransactionState)
}

extension Reply {
    /// The whole lines so far, which are then gone from here.
    func takeReady() -> [UInt8] {
        var bytes: [UInt8] = []
        swap(&bytes, &ready)
        return bytes
    }
}

/// Bytes of rows that go into one line, or into one piece of `COPY … TO STDOUT`.
let replyLineBytesTarget = 64 << 10
