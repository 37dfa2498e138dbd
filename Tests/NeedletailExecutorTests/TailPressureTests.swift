import NeedletailCore
import NeedletailExecutor
import Testing

@Suite struct TailPressureTests {
    @Test("writers wait the longer, the longer a tail is, and at most two milliseconds a row")
    func pauses() {
        func pause(_ tail: Int, _ codeBytes: Int = 400) -> Int64 {
            TailPressure.nanoseconds(rows: 1_000, tailCount: tail, codeBytes: codeBytes)
        }
        #expect(pause(0) == 0 && pause(65_536) == 0)
        #expect(pause(98_304) == 1_000_000_000)
        #expect(pause(131_072) == 2_000_000_000 && pause(10_000_000) == 2_000_000_000)
        // 64 MiB of codes are fewer rows.
        #expect(pause(16_384, 4_096) == 0 && pause(24_576, 4_096) == 1_000_000_000)
        #expect(TailPressure.nanoseconds(rows: 0, tailCount: 200_000, codeBytes: 400) == 0)
    }
}
