import NeedletailCatalog
import NeedletailCore
import NeedletailStorage
import Synchronization

/// What surrounds a running statement: the session's settings and the way to stop it.
final class StatementEnvironment {
    let settings: SessionSettings
    let cancellation: Cancellation
    let databaseName: String
    let store: Store
    let segments: SegmentLibrary
    let masks: FilterMaskCache
    let scans: ScanCounter
    /// The start of the transaction.
    let now: Timestamp
    let progress: ProgressCounter
    /// Where `COPY … FROM STDIN` reads.
    let input: (any CopyInput)?

    init(
        settings: SessionSettings, cancellation: Cancellation, databaseName: String,
        store: Store, segments: SegmentLibrary, masks: FilterMaskCache, scans: ScanCounter,
        now: Timestamp, progress: ProgressCounter, input: (any CopyInput)?
    ) {
        self.settings = settings
        self.cancellation = cancellation
        self.databaseName = databaseName
        self.store = store
        self.segments = segments
        self.masks = masks
        self.scans = scans
        self.now = now
        self.progress = progress
        self.input = input
    }
}

/// Progress that another thread may read.
final class ProgressCounter: Sendable {
    private let rows = Atomic<Int>(0)
    private let total = Atomic<Int>(-1)
    /// In millionths; -1 where it is unknown.
    private let fraction = Atomic<Int>(-1)

    func setRows(_ count: Int) { rows.store(count, ordering: .relaxed) }

    func setTotal(_ count: Int) { total.store(count, ordering: .relaxed) }

    func setFraction(_ value: Double?) {
        fraction.store(value.map { Int($0 * 1e6) } ?? -1, ordering: .relaxed)
    }

    var progress: StatementProgress {
        let total = total.load(ordering: .relaxed)
        let fraction = fraction.load(ordering: .relaxed)
        return StatementProgress(
            rowsDone: rows.load(ordering: .relaxed), rowsTotal: total < 0 ? nil : total,
            fraction: fraction < 0 ? nil : Double(fraction) / 1e6)
    }
}
