import NeedletailCore

/// What a commit did to a slot, or to a table.
package enum ChangeOperation: UInt8, Sendable, CaseIterable {
    case inserted = 1
    case deleted = 2
    /// The row changed and kept its slot.
    case updated = 3
    /// The whole table went; it has no slots.
    case dropped = 4
}

/// What one commit changed. A slot may appear under several operations; the snapshot says what
/// became of it.
///
/// Stored as groups: table (32 bits), operation (8), then in variable-length numbers the count of
/// ranges and, for each, the distance from the end of the one before and the length.
package struct ChangeSet: Sendable, Hashable {
    package struct Group: Sendable, Hashable {
        package let table: UInt32
        package let operation: ChangeOperation
        /// Ascending, apart from each other.
        package let ranges: [Range<UInt32>]

        package init(table: UInt32, operation: ChangeOperation, ranges: [Range<UInt32>]) {
            self.table = table
            self.operation = operation
            self.ranges = ranges
        }
    }

    /// Ordered by table, then by operation.
    package let groups: [Group]

    package init(groups: [Group]) { self.groups = groups }

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for group in groups {
            bytes.append(littleEndian: group.table)
            bytes.append(group.operation.rawValue)
            bytes.append(variable: UInt64(group.ranges.count))
            var end: UInt32 = 0
            for range in group.ranges {
                bytes.append(variable: UInt64(range.lowerBound - end))
                bytes.append(variable: UInt64(range.count))
                end = range.upperBound
            }
        }
        return bytes
    }

    /// Takes a stored change set apart; `nil` where it is damaged.
    package init?(_ payload: UnsafeRawBufferPointer) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        var groups: [Group] = []
        while reader.remaining > 0 {
            guard let table: UInt32 = reader.read(), let code: UInt8 = reader.read(),
                let operation = ChangeOperation(rawValue: code),
                let count = reader.readVariable(), count <= UInt64(reader.remaining)
            else { return nil }
            var ranges: [Range<UInt32>] = []
            var end: UInt64 = 0
            for _ in 0..<count {
                guard let gap = reader.readVariable(), let length = reader.readVariable(),
                    gap <= UInt64(UInt32.max), length > 0, length <= UInt64(UInt32.max),
                    end + gap + length <= UInt64(UInt32.max)
                else { return nil }
                let first = end + gap
                end = first + length
                ranges.append(UInt32(first)..<UInt32(end))
            }
            groups.append(Group(table: table, operation: operation, ranges: ranges))
        }
        self.groups = groups
    }
}

/// The changes of a transaction so far. A value, so that a savepoint is a copy.
struct ChangeAccumulator {
    private struct Name: Hashable {
        let table: UInt32
        let operation: ChangeOperation
    }

    /// In order of arrival; neighbours are joined.
    private var ranges: [Name: [Range<UInt32>]] = [:]
    /// Slots that were added.
    private(set) var count = 0

    var isEmpty: Bool { ranges.isEmpty }

    /// Adds one slot, or none for an operation on the whole table.
    mutating func add(_ table: UInt32, _ operation: ChangeOperation, _ slot: UInt32?) {
        let name = Name(table: table, operation: operation)
        guard let slot, slot < .max else {
            ranges[name, default: []] = ranges[name] ?? []
            return
        }
        count += 1
        let place = (ranges[name]?.count ?? 0) - 1
        if place >= 0, let last = ranges[name]?[place], last.upperBound == slot {
            ranges[name]?[place] = last.lowerBound..<slot + 1
        } else {
            ranges[name, default: []].append(slot..<slot + 1)
        }
    }

    /// Everything, in order.
    var changeSet: ChangeSet {
        let names = ranges.keys.sorted {
            ($0.table, $0.operation.rawValue) < ($1.table, $1.operation.rawValue)
        }
        return ChangeSet(
            groups: names.map { name in
                ChangeSet.Group(
                    table: name.table, operation: name.operation,
                    ranges: Self.joined(ranges[name] ?? []))
            })
    }

    private static func joined(_ ranges: [Range<UInt32>]) -> [Range<UInt32>] {
        var result: [Range<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] =
                    last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
