import NeedletailCore
import NeedletailStorage
import NeedletailText

/// What was asked, in 128 bits: statements with their parameters, in order. Equal for the same
/// requests; told apart where a text, or a parameter's value or kind, differs.
struct StatementDigest: Equatable {
    private(set) var hash = Hash128(high: 0, low: 0)
    /// Reused from statement to statement.
    private var bytes: [UInt8] = []

    static func == (left: StatementDigest, right: StatementDigest) -> Bool {
        left.hash == right.hash
    }

    /// Adds `sql`, run with each of `sets`.
    mutating func add(_ sql: String, _ sets: [Parameters]) {
        begin()
        bytes.append(contentsOf: sql.utf8)
        end()
        for set in sets {
            begin()
            add(set)
            end()
        }
    }

    private mutating func begin() {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(littleEndian: hash.high)
        bytes.append(littleEndian: hash.low)
    }

    private mutating func end() { hash = Hash128(of: bytes) }

    private mutating func add(_ set: Parameters) {
        switch set {
        case .none: break
        case .positional(let values):
            for value in values { add(value) }
        case .named(let values):
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                JSONPrinter.append(name, into: &bytes)
                add(value)
            }
        }
    }

    /// Each value's text says its kind well enough, and ends where no text goes on.
    private mutating func add(_ value: Value) {
        if case .vector(let components) = value {
            bytes.append(littleEndian: UInt32(clamping: components.count))
            // SAFETY: the array outlives the closure, which only reads it.
            components.withUnsafeBytes { bytes.append(contentsOf: $0) }
        } else {
            ValueJSON.appendJSON(of: value, into: &bytes)
        }
        bytes.append(0)
    }
}
