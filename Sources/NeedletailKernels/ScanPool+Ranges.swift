extension ScanPool {
    /// What each part in 0..<parts gives, in the order of the parts.
    package func map<Result: Sendable>(
        parts: Int, threads: Int = .max, _ body: @Sendable (Int) -> Result
    ) -> [Result] {
        guard parts > 0 else { return [] }
        return [Result](unsafeUninitializedCapacity: parts) { buffer, count in
            // SAFETY: every part initialises its own place, once, before `run` returns.
            nonisolated(unsafe) let results = buffer
            run(parts: parts, threads: threads) { part in
                results.initializeElement(at: part, to: body(part))
            }
            count = parts
        }
    }

    /// What each range gives, in ascending order of the ranges, which cover 0..<count.
    ///
    /// The cut depends on the arguments and on ``threadCount`` alone. There are at most four ranges
    /// to a thread, so that a thread that was held up does not hold up the rest, and none is
    /// shorter than `grain` unless it is the only one: work that is not worth a second thread stays
    /// here.
    package func map<Result: Sendable>(
        count: Int, grain: Int, threads: Int = .max, _ body: @Sendable (Range<Int>) -> Result
    ) -> [Result] {
        let cut = ScanCut(count: count, grain: grain, threads: min(threads, threadCount))
        return map(parts: cut.parts, threads: threads) { body(cut[$0]) }
    }
}

/// 0..<count cut into ranges of nearly equal length.
package struct ScanCut: Sendable, Hashable {
    package let count: Int
    package let parts: Int

    /// - Parameters:
    ///   - grain: the least length worth a thread of its own.
    ///   - threads: how many will share the work; 1 leaves it in one piece.
    package init(count: Int, grain: Int, threads: Int) {
        self.count = max(0, count)
        let worthwhile = self.count / max(1, grain)
        let wanted = threads > 1 ? min(threads, 1 << 16) * 4 : 1
        parts = self.count == 0 ? 0 : max(1, min(worthwhile, wanted))
    }

    package subscript(part: Int) -> Range<Int> {
        precondition((0..<parts).contains(part), "there is no such part")
        let (length, longer) = count.quotientAndRemainder(dividingBy: parts)
        let lower = part * length + min(part, longer)
        return lower..<lower + length + (part < longer ? 1 : 0)
    }
}
