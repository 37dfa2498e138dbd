import NeedletailCore
import NeedletailExecutor
import Testing

@Suite struct TailPressureTests {
    @Test("writers wait the longer, the longer a tail is, and at most two milliseconds a row")
    func pauses() {
        func pause(_ tail: Int, _ codeBytes: Int = 400) -> Int64 {
            TailPressure.nanoseconds(rows: 1_000, tailCount: tail, codeBytes: codeBytes)
        }
        #expect(pause(0) == 0 && pause(131_072) == 0)
        #expect(pause(196_608) == 1_000_000_000)
        #expect(pause(262_144) == 2_000_000_000 && pause(10_000_000) == 2_000_000_000)
        // 128 MiB of codes are fewer rows.
        #expect(pause(32_768, 4_096) == 0 && pause(49_152, 4_096) == 1_000_000_000)
        #expect(TailPressure.nanoseconds(rows: 0, tailCount: 400_000, codeBytes: 400) == 0)
    }
}
