import NeedletailKernels
import Synchronization
import Testing

#if os(Linux)
    import Foundation
    import Glibc
#endif

@Suite("Parallel scans")
struct ScanPoolTests {
    @Test(
        "every part runs once, whatever the threads", arguments: [1, 2, 3, 8], [0, 1, 2, 7, 500])
    func everyPartOnce(threads: Int, parts: Int) {
        let pool = ScanPool(threads: threads)
        for _ in 0..<20 {
            let runs = Mutex([Int](repeating: 0, count: parts))
            pool.run(parts: parts) { part in runs.withLock { $0[part] += 1 } }
            #expect(runs.withLock { $0.allSatisfy { $0 == 1 } })
        }
    }

    @Test("results come in the order of the parts", arguments: [1, 4])
    func mapping(threads: Int) {
        let pool = ScanPool(threads: threads)
        #expect(pool.map(parts: 100) { "\($0)" } == (0..<100).map(String.init))
        #expect(pool.map(parts: 0) { $0 } == [])
        let ranges = pool.map(count: 1_000, grain: 10) { $0 }
        #expect(ranges.flatMap { Array($0) } == Array(0..<1_000))
    }

    @Test("parts may start work of their own, in depth, from many callers at once")
    func nesting() async {
        let pool = ScanPool(threads: 3)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    pool.map(parts: 5) { outer in
                        pool.map(parts: 4) { inner in
                            pool.map(parts: 3) { outer * inner * $0 }.reduce(0, +)
                        }.reduce(0, +)
                    }.reduce(0, +)
                }
            }
            for await sum in group { #expect(sum == 10 * 6 * 3) }
        }
    }

    @Test("work that is limited to one thread stays on the caller's, in order")
    func oneThread() {
        let order = Mutex<[Int]>([])
        ScanPool.shared.run(parts: 10, threads: 1) { part in order.withLock { $0.append(part) } }
        #expect(order.withLock { $0 } == Array(0..<10))
    }

    @Test(
        "a cut covers everything once and keeps to the grain",
        arguments: [0, 1, 9, 10, 11, 1_000, 12_345], [1, 2, 16])
    func cuts(count: Int, threads: Int) {
        let cut = ScanCut(count: count, grain: 10, threads: threads)
        let ranges = (0..<cut.parts).map { cut[$0] }
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        #expect(ranges.count <= 4 * threads)
        if ranges.count > 1 { #expect(ranges.allSatisfy { $0.count >= 10 }) }
        if threads == 1 { #expect(ranges.count <= 1) }
    }

    #if os(Linux)
        @Test(
            "the pool's threads leave the caller's processor to the caller",
            .enabled(if: usableProcessors().count > 1, "there is one processor for all"))
        func processors() {
            let usable = usableProcessors()
            let pool = ScanPool(threads: 2)
            let caller = pthread_self()
            let helperMay = Mutex(usable)
            let begun = Atomic(0)
            for _ in 0..<3 {
                begun.store(0, ordering: .relaxed)
                pool.run(parts: 2) { _ in
                    // Neither takes both parts: each waits until the other has begun.
                    begun.add(1, ordering: .acquiringAndReleasing)
                    while begun.load(ordering: .acquiring) < 2 { sched_yield() }
                    guard pthread_equal(pthread_self(), caller) == 0 else { return }
                    helperMay.withLock { $0 = usableProcessors() }
                }
                let left = helperMay.withLock { $0 }
                #expect(left.count == usable.count - 1, "\(left.mask) of \(usable.mask)")
            }
        }
    #endif
}

#if os(Linux)
    /// How many processors the calling thread may run on, and which, as the system writes it.
    private func usableProcessors() -> (count: Int, mask: String) {
        let status =
            (try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
        let mask = line?.split(separator: "\t").last.map(String.init) ?? ""
        return (mask.compactMap { $0.hexDigitValue?.nonzeroBitCount }.reduce(0, +), mask)
    }
#endif
