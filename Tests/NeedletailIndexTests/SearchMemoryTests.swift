import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("The memory of a search")
struct SearchMemoryTests {
    @Test("a query of the same layout is used again, and one of another is not")
    func queries() {
        let memory = SearchMemory()
        let layout = CodeLayout(kind: .int8, metric: .cosine, dimension: 32)
        let query = memory.query(layout)
        #expect(memory.query(layout) === query)
        let other = memory.query(CodeLayout(kind: .int8, metric: .cosine, dimension: 64))
        #expect(other !== query && other.layout.dimension == 64)
    }

    @Test("room grows as it is asked for and stays")
    func rows() {
        let memory = SearchMemory()
        for count in [1, 100, 10, 1_000] {
            let rows = memory.rows(count)
            for place in 0..<count { rows[place] = UInt32(place) }
            #expect(memory.rows(count)[count - 1] == UInt32(count - 1))
        }
    }

    @Test("an item of a pool has one user at a time and is used again")
    func pool() {
        let pool = IdlePool { SearchMemory() }
        let first = pool.take()
        let second = pool.take()
        #expect(first !== second)
        pool.giveBack(first)
        #expect(pool.take() === first)
        pool.giveBack(second)
        #expect(pool.with { $0 === second })
    }
}
