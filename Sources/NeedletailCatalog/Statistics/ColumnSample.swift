import NeedletailCore

/// The values of one column in a sample of rows, and what they say of all rows.
struct ColumnSample {
    /// Bytes of a text that is kept whole.
    private static let wholeTextMax = 256
    /// Bytes that are kept of a longer one.
    private static let cutTextBytes = 128
    /// Elements of one array that are looked at.
    private static let elementsMax = 1_000
    /// How much commoner than others a value has to be to be told by itself.
    private static let commonFactor = 1.25

    private let type: ValueType
    private var rowCount = 0
    private var nullCount = 0
    private var byteCount = 0
    /// Those that are not long; of arrays, their elements, once for each row.
    private var values: [Value] = []
    /// The beginnings of long ones, and hashes of the whole.
    private var beginnings: [Value] = []
    private var hashes: [Int] = []

    init(_ type: ValueType) { self.type = type }

    /// Whether the values themselves are looked at, not only whether there are any.
    static func reads(_ type: ValueType) -> Bool {
        if case .array(let element) = type { return ColumnStatistics.orders(element) }
        return ColumnStatistics.orders(type)
    }

    mutating func addNull() {
        rowCount += 1
        nullCount += 1
    }

    /// - Parameter value: of no interest for types whose values are not looked at.
    mutating func add(_ value: Value, bytes: Int) {
        rowCount += 1
        byteCount += bytes
        guard case .array(let elements) = value else {
            if Self.reads(type) { addScalar(value) }
            return
        }
        guard Self.reads(type) else { return }
        let sorted = Self.sorted(elements.prefix(Self.elementsMax).filter { !$0.isNull })
        for run in Self.runs(of: sorted) { addScalar(sorted[run.lowerBound]) }
    }

    private mutating func addScalar(_ value: Value) {
        guard let beginning = Self.cut(value) else { return values.append(value) }
        beginnings.append(beginning)
        hashes.append(value.hashValue)
    }

    /// The beginning of a long text, in front of it in order; `nil` where `value` is not long.
    private static func cut(_ value: Value) -> Value? {
        switch value {
        case .text(let text) where text.utf8.count > wholeTextMax:
            var scalars = String.UnicodeScalarView()
            var bytes = 0
            for scalar in text.unicodeScalars {
                bytes += UTF8.width(scalar)
                guard bytes <= cutTextBytes else { break }
                scalars.append(scalar)
            }
            return .text(String(scalars))
        case .bytes(let bytes) where bytes.count > wholeTextMax:
            return .bytes(Array(bytes.prefix(cutTextBytes)))
        default: return nil
        }
    }

    private static func sorted(_ values: some Sequence<Value>) -> [Value] {
        values.sorted { (ColumnStatistics.order($0, $1) ?? 0) < 0 }
    }

    /// The stretches of equal values.
    private static func runs(of sorted: [Value]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for place in sorted.indices.dropFirst()
        where ColumnStatistics.order(sorted[place - 1], sorted[place]) != 0 {
            runs.append(start..<place)
            start = place
        }
        if start < sorted.count { runs.append(start..<sorted.count) }
        return runs
    }
}

extension ColumnSample {
    /// What the sample says.
    ///
    /// - Parameter exactDistinct: values besides NULL, where a structure knows.
    func statistics(
        _ gathering: ColumnStatistics.Gathering, exactDistinct: Int?
    ) -> ColumnStatistics {
        let present = rowCount - nullCount
        var result = ColumnStatistics(gathering: gathering)
        guard rowCount > 0 else { return result }
        result.nullShare = Double(nullCount) / Double(rowCount)
        result.averageWidth = present > 0 ? Double(byteCount) / Double(present) : 0
        let sorted = Self.sorted(values)
        let runs = Self.runs(of: sorted)
        let isWhole = gathering.sampleCount >= gathering.rowCount
        let common = commonRuns(runs, isWhole: isWhole)
        result.common = common.map {
            ColumnStatistics.FrequentValue(
                value: sorted[$0.lowerBound], share: Double($0.count) / Double(rowCount))
        }
        guard ColumnStatistics.orders(type) else { return result }
        setDistinct(&result, runs, isWhole: isWhole, exact: exactDistinct)
        let told = Set(common.map(\.lowerBound))
        let rest = runs.filter { !told.contains($0.lowerBound) }.flatMap { sorted[$0] }
        result.bounds = bounds(of: beginnings.isEmpty ? rest : Self.sorted(rest + beginnings))
        return result
    }

    /// The commonest values: all of them where that is no more than may be told, else those that
    /// stand out.
    private func commonRuns(_ runs: [Range<Int>], isWhole: Bool) -> [Range<Int>] {
        let most = Limits.statisticsValuesMax
        let ranked = runs.sorted {
            $0.count != $1.count ? $0.count > $1.count : $0.lowerBound < $1.lowerBound
        }
        let least = ranked.last?.count ?? 0
        if ranked.count <= most, isWhole || least > 1 { return ranked }
        let total = runs.reduce(0) { $0 + $1.count }
        let average = Double(total) / Double(max(1, runs.count))
        return ranked.prefix(most).filter {
            $0.count > 1 && Double($0.count) > Self.commonFactor * average
        }
    }

    private func setDistinct(
        _ result: inout ColumnStatistics, _ runs: [Range<Int>], isWhole: Bool, exact: Int?
    ) {
        if let exact {
            result.distinctCount = Double(exact)
            result.isDistinctExact = true
            return
        }
        let long = Self.counts(of: hashes)
        let distinct = runs.count + long.count
        result.isDistinctExact = isWhole
        guard !isWhole else {
            result.distinctCount = Double(distinct)
            return
        }
        let single = runs.count { $0.count == 1 } + long.count { $0 == 1 }
        result.distinctCount = estimate(
            distinct: distinct, single: single, result.gathering.rowCount)
    }

    private static func counts(of hashes: [Int]) -> [Int] {
        var counts: [Int: Int] = [:]
        for hash in hashes { counts[hash, default: 0] += 1 }
        return Array(counts.values)
    }

    /// Haas and Stokes, "Estimating the number of classes in a finite population", 1998: Duj1.
    private func estimate(distinct: Int, single: Int, _ allRows: Int) -> Double {
        let sample = Double(rowCount - nullCount)
        guard sample > 0 else { return 0 }
        let all = Double(allRows) * sample / Double(rowCount)
        if single == distinct { return all.rounded() }
        let estimate =
            sample * Double(distinct)
            / (sample - Double(single) + Double(single) * sample / all)
        return min(max(estimate, Double(distinct)), all).rounded()
    }

    /// As many of `sorted`, which ascend, as may be kept, from the first to the last.
    private func bounds(of sorted: [Value]) -> [Value] {
        guard sorted.count > 1 else { return [] }
        let count = min(sorted.count, Limits.statisticsValuesMax)
        return (0..<count).map { sorted[$0 * (sorted.count - 1) / (count - 1)] }
    }
}
