import Foundation
import NeedletailCore
import NeedletailKernels
import Testing

/// What `Fixtures/make_fixture.py` wrote.
private struct Fixture: Decodable {
    struct Section: Decodable {
        let element: String
        let rows: Data
        let queries: [Data]
        let answers: [Answer]
    }

    struct Answer: Decodable {
        let metric: String
        let query: Int
        let nearest: [UInt32]
        let distances: [Double]
        let sum: Double
    }

    let dimension: Int
    let sections: [Section]
}

@Suite("Answers computed by numpy")
struct FixtureTests {
    @Test("the ten nearest rows and their distances agree", arguments: availableTiers)
    func nearest(tier: KernelTier) throws {
        let file = try #require(
            Bundle.module.url(
                forResource: "nearest", withExtension: "json", subdirectory: "Fixtures"))
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
        #expect(fixture.sections.flatMap(\.answers).count == Pairing.all.count * 3)
        for section in fixture.sections {
            for answer in section.answers {
                try check(answer, section, dimension: fixture.dimension, tier: tier)
            }
        }
    }

    private func check(
        _ answer: Fixture.Answer, _ section: Fixture.Section, dimension: Int, tier: KernelTier
    ) throws {
        let pairing = Pairing(
            metric: try #require(Metric(rawValue: answer.metric)),
            element: try #require(VectorElement(rawValue: section.element)))
        let kernel = try pairing.kernel(dimension, tier)
        let query = try #require(
            section.queries[answer.query].withUnsafeBytes { kernel.prepare(bytes: $0) })
        let count = section.rows.count / kernel.rowBytes
        var distances = [Double](repeating: 0, count: count)
        section.rows.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            kernel.scan(
                query, base: base, stride: kernel.rowBytes, count: count, into: &distances)
        }
        var top = TopK(k: answer.nearest.count)
        top.offer(distances, count: count, firstSlot: 0)
        let found = top.candidates().prefix(answer.nearest.count)
        #expect(found.map(\.slot) == answer.nearest, "\(pairing.testDescription)")
        for (found, expected) in zip(found, answer.distances) {
            #expect(abs(found.distance - expected) <= 1e-5 * max(1, abs(expected)))
        }
        #expect(abs(distances.reduce(0, +) - answer.sum) <= 1e-3 * max(1, abs(answer.sum)))
    }
}
