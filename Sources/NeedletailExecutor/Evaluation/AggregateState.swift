import NeedletailCore
import NeedletailPlanner
import NeedletailText

/// The running state of one aggregate over one group.
struct AggregateState {
    private let function: Aggregate
    private let type: ValueType
    private var count: Int64 = 0
    private var integerSum: Int64 = 0
    /// Sums are compensated (Neumaier), so that the order of rows hardly shows.
    private var sum = CompensatedSum()
    private var extreme: Value = .null
    private var vectorSum: [Double] = []
    private var collected: [Value] = []
    private var text: String?
    private var truth: Bool?
    private var seen: Set<Value>?

    init(_ aggregate: BoundAggregate) {
        function = aggregate.function
        type = aggregate.type
        seen = aggregate.isDistinct ? [] : nil
    }

    /// Takes one row's arguments. NULL is skipped, except by `count(*)` and `array_agg`.
    mutating func add(_ arguments: [Value]) throws(DatabaseError) {
        if function == .countRows {
            count += 1
            return
        }
        let value = arguments.first ?? .null
        if value.isNull, function != .arrayAgg { return }
        if seen != nil, seen?.insert(value).inserted == false { return }
        count += 1
        switch function {
        case .countRows, .count: break
        case .sum, .avg: try accumulate(value)
        case .min:
            if extreme.isNull || SortOrder.compare(value, extreme) < 0 { extreme = value }
        case .max:
            if extreme.isNull || SortOrder.compare(value, extreme) > 0 { extreme = value }
        case .boolAnd: truth = (truth ?? true) && value == .bool(true)
        case .boolOr: truth = (truth ?? false) || value == .bool(true)
        case .stringAgg: join(value, separator: arguments.count > 1 ? arguments[1] : .null)
        case .arrayAgg: try collect(value)
        }
    }

    func result() throws(DatabaseError) -> Value {
        switch function {
        case .countRows, .count: return .int(count)
        case .sum: return count == 0 ? .null : try total()
        case .avg: return count == 0 ? .null : try mean()
        case .min, .max: return extreme
        case .boolAnd, .boolOr: return truth.map { .bool($0) } ?? .null
        case .stringAgg: return text.map { .text($0) } ?? .null
        case .arrayAgg: return collected.isEmpty ? .null : .array(collected)
        }
    }

    private mutating func accumulate(_ value: Value) throws(DatabaseError) {
        switch value {
        case .int(let integer):
            let (partial, overflow) = integerSum.addingReportingOverflow(integer)
            if overflow, function == .sum { throw Arithmetic.outOfRange(.bigint) }
            integerSum = partial
            sum.add(Double(integer))
        case .double(let double): sum.add(double)
        case .vector(let components): try addComponents(components.map(Double.init))
        case .halfvec(let half): try addComponents(half.bits.map { Double(HalfFloat.float($0)) })
        default: break
        }
    }

    private mutating func addComponents(_ components: [Double]) throws(DatabaseError) {
        if vectorSum.isEmpty { vectorSum = Array(repeating: 0, count: components.count) }
        guard vectorSum.count == components.count else {
            throw DatabaseError(
                .dataException,
                "expected \(vectorSum.count) dimensions, not \(components.count)",
                hint: "an aggregate needs vectors of one dimension")
        }
        for position in components.indices { vectorSum[position] += components[position] }
    }

    private func total() throws(DatabaseError) -> Value {
        switch type {
        case .vector, .halfvec: try vector(scaledBy: 1)
        case .double, .real: try Arithmetic.rounded(sum.value, to: type)
        default: .int(integerSum)
        }
    }

    private func mean() throws(DatabaseError) -> Value {
        switch type {
        case .vector, .halfvec: try vector(scaledBy: 1 / Double(count))
        default: .double(sum.value / Double(count))
        }
    }

    private func vector(scaledBy factor: Double) throws(DatabaseError) -> Value {
        let components = vectorSum.map { Float($0 * factor) }
        guard components.allSatisfy(\.isFinite) else {
            throw DatabaseError(
                .numericOutOfRange, "a component of the summed vectors is out of range")
        }
        guard case .halfvec = type else { return .vector(components) }
        return .halfvec(try HalfFloat.vector(components))
    }

    private mutating func join(_ value: Value, separator: Value) {
        guard case .text(let piece) = value else { return }
        guard let soFar = text else {
            text = piece
            return
        }
        if case .text(let separator) = separator {
            text = soFar + separator + piece
        } else {
            text = soFar + piece
        }
    }

    private mutating func collect(_ value: Value) throws(DatabaseError) {
        guard collected.count < Limits.arrayElementsMax else {
            throw DatabaseError(
                .programLimit,
                "array_agg would exceed \(Limits.arrayElementsMax) elements",
                hint: "filter or group more finely")
        }
        collected.append(value)
    }
}

/// A sum that carries the low-order bits that plain addition loses. Neumaier, 1974.
struct CompensatedSum {
    private var sum = 0.0
    private var compensation = 0.0

    mutating func add(_ value: Double) {
        let next = sum + value
        if next.isFinite {
            compensation +=
                abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
        }
        sum = next
    }

    var value: Double { sum.isFinite ? sum + compensation : sum }
}
