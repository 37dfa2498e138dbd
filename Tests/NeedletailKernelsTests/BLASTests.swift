import NeedletailCore
import NeedletailKernels
import Testing

@Suite("Matrix products")
struct BLASTests {
    @Test(
        "agree with plain sums",
        arguments: [(1, 1, 1), (1, 40, 7), (33, 1, 130), (3, 5, 64), (33, 40, 130)])
    func agreesWithSums(m: Int, n: Int, depth: Int) {
        var random = SplitMix64(seed: UInt64(m * n * depth))
        let a = (0..<m * depth).map { _ in Float.random(in: -1...1, using: &random) }
        let b = (0..<n * depth).map { _ in Float.random(in: -1...1, using: &random) }
        let before = (0..<m * n).map { _ in Float.random(in: -1...1, using: &random) }
        var c = before
        BLAS.multiplyByTransposed(
            a: a, b: b, c: &c, m: m, n: n, depth: depth, alpha: -2, beta: 0.5)
        for row in 0..<m {
            for column in 0..<n {
                let sum = (0..<depth).reduce(0.0) {
                    $0 + Double(a[row * depth + $1]) * Double(b[column * depth + $1])
                }
                let expected = -2 * sum + 0.5 * Double(before[row * n + column])
                #expect(abs(Double(c[row * n + column]) - expected) < 1e-4)
            }
        }
    }

    @Test("nothing times nothing touches nothing")
    func empty() {
        var c: [Float] = [7]
        BLAS.multiplyByTransposed(a: [], b: [], c: &c, m: 0, n: 1, depth: 1)
        #expect(c == [7])
    }
}
