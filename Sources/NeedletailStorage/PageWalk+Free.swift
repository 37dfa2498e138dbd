extension PageWalk {
    /// A record of free pages: how many, then their numbers, the largest first.
    mutating func noteFree(_ value: ArraySlice<UInt8>) {
        guard value.count >= 8, value.count % 8 == 0 else {
            return problem("a record of free pages has \(value.count) bytes")
        }
        let count: UInt64 = value.number(value.startIndex)
        guard count <= UInt64(value.count / 8 - 1) else {
            return problem("a record of free pages counts \(count) of \(value.count / 8 - 1)")
        }
        var before = UInt64.max
        for index in 0..<Int(count) {
            let page: UInt64 = value.number(value.startIndex + 8 + index * 8)
            guard page >= 2, page <= meta.lastPage, page < before else {
                return problem("the list of free pages has page \(page) out of order or range")
            }
            before = page
            report.freePages += 1
            let word = Int(page / 64)
            // The file may be shorter than its free pages.
            guard word < free.count else { continue }
            let bit: UInt64 = 1 << (page % 64)
            if free[word] & bit != 0 { problem("page \(page) is free twice") }
            free[word] |= bit
        }
    }

    mutating func checkFreePages() {
        for word in used.indices where used[word] & free[word] != 0 {
            let page = word * 64 + (used[word] & free[word]).trailingZeroBitCount
            problem("page \(page) is both used and free")
        }
    }
}
