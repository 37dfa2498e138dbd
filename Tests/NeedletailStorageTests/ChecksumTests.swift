import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct ChecksumTests {
    /// RFC 3720, appendix B.4, and the usual check value.
    @Test func hasThePublishedValues() {
        func sum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { Checksum.of($0) } }
        #expect(sum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(sum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(sum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(sum(Array(0..<32)) == 0x46DD_794E)
        #expect(sum([]) == 0)
    }

    @Test func everyLengthAndOffsetAgreesWithTheTables() {
        var random = SplitMix64(seed: 11)
        let bytes = (0..<9_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        bytes.withUnsafeBytes { bytes in
            for length in Array(0..<700) + [1_023, 3_071, 3_072, 3_073, 6_144, 8_990] {
                let start = length % 9
                let part = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
                #expect(Checksum.of(part) == Checksum.portable(part), "length \(length)")
            }
        }
    }

    @Test func piecesAddUp() {
        let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        bytes.withUnsafeBytes { bytes in
            for cut in [0, 1, 100, 3_072, 4_999, 5_000] {
                var sum = Checksum()
                sum.update(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                sum.update(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
                #expect(sum.value == Checksum.of(bytes))
            }
        }
    }

    @Test func theHashTellsSimilarBytesApart() {
        var seen: Set<Hash128> = []
        for length in 0..<300 {
            seen.insert(Hash128(of: [UInt8](repeating: 0, count: length)))
        }
        for number in 0..<100_000 {
            seen.insert(Hash128(of: Array("key \(number)".utf8)))
        }
        #expect(seen.count == 100_300)
        #expect(Hash128(of: [1], seed: 1) != Hash128(of: [1], seed: 2))
    }

    @Test func eachInputBitFlipsAboutHalfOfTheHash() {
        let bytes = Array("a key of some forty bytes, give or take.".utf8)
        let whole = Hash128(of: bytes)
        for bit in 0..<bytes.count * 8 {
            var other = bytes
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            let hash = Hash128(of: other)
            let flipped =
                (hash.high ^ whole.high).nonzeroBitCount + (hash.low ^ whole.low).nonzeroBitCount
            #expect((34...94).contains(flipped), "bit \(bit) flipped \(flipped)")
        }
    }
}
