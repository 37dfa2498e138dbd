package import NeedletailCore

/// Where bytes are written, front to back.
package protocol ByteSink: AnyObject {
    func write(_ bytes: [UInt8]) throws(DatabaseError)
    /// Makes everything written permanent. Nothing may be written afterwards.
    ///
    /// A sink that is let go without it leaves nothing behind.
    func finish() throws(DatabaseError)
}

/// Keeps what is written in memory.
package final class ArraySink: ByteSink {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package func write(_ bytes: [UInt8]) throws(DatabaseError) { self.bytes += bytes }

    package func finish() throws(DatabaseError) {}
}
