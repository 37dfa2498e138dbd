import NeedletailKernels
import Synchronization

/// What one thread needs to insert nodes.
final class BuildWorker {
    let scratch = WalkScratch()
    let query: WalkQuery
    let pair: WalkQuery
    let selection: NeighborSelection
    let candidates: UnsafeMutablePointer<Candidate>

    init(_ graph: GraphView, layout: CodeLayout, room: Int) {
        query = WalkQuery(code: layout.kind, metric: layout.metric, dimension: layout.dimension)
        pair = WalkQuery(code: layout.kind, metric: layout.metric, dimension: layout.dimension)
        selection = NeighborSelection(graph, pair: pair, room: room)
        // SAFETY: freed in `deinit`.
        candidates = .allocate(capacity: room)
    }

    deinit {
        selection.deallocate()
        candidates.deallocate()
    }
}

/// Workers to take and give back.
final class BuildWorkers: Sendable {
    private struct Idle: @unchecked Sendable {
        // SAFETY: a worker is in the list or with the one thread that took it.
        var list: [BuildWorker] = []
    }

    private let idle = Mutex(Idle())
    private let make: @Sendable () -> BuildWorker

    init(_ make: @escaping @Sendable () -> BuildWorker) { self.make = make }

    func with<Result>(_ body: (BuildWorker) -> Result) -> Result {
        let taken = idle.withLock { idle -> BuildWorkerBox in
            BuildWorkerBox(worker: idle.list.popLast())
        }
        let worker = taken.worker ?? make()
        defer {
            let box = BuildWorkerBox(worker: worker)
            idle.withLock { idle in if let worker = box.worker { idle.list.append(worker) } }
        }
        return body(worker)
    }
}

private struct BuildWorkerBox: @unchecked Sendable {
    // SAFETY: carries a worker across the lock, from one owner to the next.
    let worker: BuildWorker?
}
