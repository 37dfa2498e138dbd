import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct StorageKeyTests {
    @Test(arguments: [1, 2] as [UInt64])
    func behavesLikeAnArrayOfBytes(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            var key = StorageKey()
            var model: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                let byte = UInt8.random(in: 0...255, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    key.append(byte)
                    model.append(byte)
                case 1:
                    let bytes = [UInt8](repeating: byte, count: Int(byte % 30))
                    key.append(bytes)
                    model += bytes
                case 2:
                    let bytes = [UInt8](repeating: byte, count: Int(byte % 17))
                    bytes.withUnsafeBytes { key.append($0) }
                    model += bytes
                default:
                    key.append(bigEndian: UInt32(byte))
                    model += [0, 0, 0, byte]
                }
            }
            #expect(key.bytes == model, "seed \(seed)")
            #expect(key.count == model.count)
            #expect(key == StorageKey(model))
        }
    }

    @Test func keysOfOneTableAreNeighbours() {
        let row = StorageKey.row(table: 7, slot: Slot(1))
        #expect(row < .row(table: 7, slot: Slot(256)))
        #expect(.row(table: 7, slot: Slot(.max)) < StorageKey.row(table: 8, slot: Slot(0)))
        #expect(row < .vectorBlock(table: 1, column: 0, block: 0))
    }

    @Test func theFormatRecordIsTheSmallestKey() {
        let format = StorageKey.meta(.format)
        for kind in KeyKind.allCases where kind != .meta {
            #expect(format < StorageKey(kind))
        }
    }

    @Test func theSuccessorFollowsEveryKeyWithThePrefix() {
        #expect(StorageKey([1, 2]).successor == StorageKey([1, 3]))
        #expect(StorageKey([1, 0xFF, 0xFF]).successor == StorageKey([2]))
        #expect(StorageKey([0xFF]).successor == nil)
    }
}
