import NeedletailCore
import NeedletailKernels
import Testing

@Suite("Distances between values")
struct VectorDistanceTests {
    @Test("small cases by hand")
    func byHand() throws {
        #expect(try vectorDistance([0, 0], [3, 4], metric: .l2) == 5)
        #expect(try vectorDistance([1, 2], [3, 4], metric: .innerProduct) == -11)
        #expect(try vectorDistance([1, 0], [0, 2], metric: .cosine) == 1)
        #expect(try vectorDistance([1, 0], [-3, 0], metric: .cosine) == 2)
        #expect(try vectorDistance([1, 2], [4, -2], metric: .l1) == 7)
        let left = HalfVector(bits: [0, 0])
        let right = HalfVector(bits: [0x4200, 0x4400])
        #expect(try vectorDistance(left, right, metric: .l2) == 5)
        let some = BitVector(count: 10, bytes: [0b1110_0000, 0b1000_0000])
        let other = BitVector(count: 10, bytes: [0b0110_0000, 0b0100_0000])
        #expect(try vectorDistance(some, other, metric: .hamming) == 3)
        #expect(try vectorDistance(some, other, metric: .jaccard) == 0.6)
        let none = BitVector(count: 10, bytes: [])
        #expect(try vectorDistance(none, none, metric: .jaccard) == 0)
    }

    @Test("have the bits that a scan gives")
    func agreesWithScan() throws {
        var random = SplitMix64(seed: 23)
        for metric in VectorElement.f32.metrics {
            let kernel = try Pairing(metric: metric, element: .f32).kernel(77)
            let left = (0..<77).map { _ in Float.random(in: -1...1, using: &random) }
            let right = (0..<77).map { _ in Float.random(in: -1...1, using: &random) }
            let scanned = kernel.distance(try kernel.prepared(Sample(left)), to: Sample(right))
            #expect(try vectorDistance(left, right, metric: metric) == scanned)
        }
    }

    @Test("what has no distance is refused with its reason")
    func refusals() {
        func code(_ body: () throws(DatabaseError) -> Double) -> DatabaseError.Code? {
            do throws(DatabaseError) { _ = try body() } catch { return error.code }
            return nil
        }
        let long = [Float](repeating: 0, count: Limits.dimensionMax + 1)
        #expect(
            code { () throws(DatabaseError) in try vectorDistance([1], [1, 2], metric: .l2) }
                == .dataException)
        #expect(
            code { () throws(DatabaseError) in try vectorDistance([1], [1], metric: .hamming) }
                == .undefinedFunction)
        #expect(
            code { () throws(DatabaseError) in try vectorDistance(long, long, metric: .l2) }
                == .programLimit)
        #expect(
            code { () throws(DatabaseError) in
                try vectorDistance([] as [Float], [], metric: .l2)
            } == .programLimit)
    }
}
