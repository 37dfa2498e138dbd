import Needletail
import NeedletailCore
import Synchronization

/// Searches on a thread of their own, one every few milliseconds, each timed.
struct PacedSearches {
    private let database: Database
    private let sql: String
    private let vector: @Sendable (Int) -> [Float]

    /// - Parameter vector: what a search is for, by its number.
    init(_ database: Database, _ sql: String, vector: @escaping @Sendable (Int) -> [Float]) {
        self.database = database
        self.sql = sql
        self.vector = vector
    }

    private final class Shared: Sendable {
        let isOver = Atomic<Bool>(false)
        let result = Mutex<Result<[Double], DatabaseError>?>(nil)
    }

    /// The seconds of each search made while `body` ran.
    func run(_ body: () throws -> Void) throws -> [Double] {
        let shared = Shared()
        let (database, sql, vector) = (database, sql, vector)
        let started = DetachedThread.start {
            var times: [Double] = []
            do throws(DatabaseError) {
                let statement = try database.prepare(sql)
                while !shared.isOver.load(ordering: .acquiring) {
                    let wanted = vector(times.count)
                    let start = ContinuousClock.now
                    _ = try statement.query(wanted)
                    times.append(Measure.seconds(since: start))
                    Measure.sleep(milliseconds: 2)
                }
                let all = times
                shared.result.withLock { $0 = .success(all) }
            } catch {
                shared.result.withLock { $0 = .failure(error) }
            }
        }
        guard started == 0 else {
            throw DatabaseError(.internalError, "no thread for searches")
        }
        do {
            try body()
        } catch {
            shared.isOver.store(true, ordering: .releasing)
            throw error
        }
        shared.isOver.store(true, ordering: .releasing)
        while true {
            if let result = shared.result.withLock({ $0 }) { return try result.get() }
            Measure.sleep(milliseconds: 1)
        }
    }
}
