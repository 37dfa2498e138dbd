extension PageWalk {
    mutating func check(
        leaf node: PageNode, _ page: Page, _ number: UInt64, _ lower: [UInt8]?, _ upper: [UInt8]?
    ) {
        entries += 1
        let key = Array(page.bytes[node.key])
        if key.isEmpty || key.count > 511 || (isFreeTree && key.count != 8) {
            return problem("page \(number) has a key of \(key.count) bytes")
        }
        if node.isForeign { return problem("page \(number) has a node with flags \(node.flags)") }
        let isInOrder =
            (previousKey.map { isOrdered($0, key) } ?? true)
            && (lower.map { !isOrdered(key, $0) } ?? true)
            && (upper.map { isOrdered(key, $0) } ?? true)
        if !isInOrder { problem("page \(number) has a key out of order") }
        previousKey = key
        if node.isBig {
            guard let value = overflowValue(page, node) else { return }
            deliver(key, value[...])
        } else {
            deliver(key, page.bytes[node.key.upperBound..<node.end])
        }
    }

    /// The value of a node that has pages of its own.
    mutating func overflowValue(_ page: Page, _ node: PageNode) -> [UInt8]? {
        let first: UInt64 = page.bytes[...].number(node.key.upperBound)
        let count = (Page.headerBytes + node.valueBytes + meta.pageBytes - 1) / meta.pageBytes
        for offset in 0..<UInt64(count) {
            guard claim(first.addingReportingOverflow(offset).partialValue) else { return nil }
        }
        guard let head = read(first) else { return nil }
        guard head.flags == Page.overflowFlag, head.overflowCount >= UInt32(count) else {
            problem("page \(first) does not begin a value of \(count) pages")
            return nil
        }
        // A value that shrank keeps its pages.
        for extra in UInt64(count)..<UInt64(head.overflowCount) {
            guard claim(first + extra) else { return nil }
        }
        overflowPages += UInt64(head.overflowCount)
        let offset = Int(first) * meta.pageBytes + Page.headerBytes
        guard let value = file.read(offset, count: node.valueBytes) else {
            problem("the value at page \(first) could not be read")
            return nil
        }
        return value
    }

    mutating func deliver(_ key: [UInt8], _ value: ArraySlice<UInt8>) {
        if isFreeTree { return noteFree(value) }
        // SAFETY: pointers into local arrays, valid during the visit only.
        key.withUnsafeBytes { key in
            value.withUnsafeBytes { value in visit(key, value, Int(clamping: meta.main.entries)) }
        }
    }
}
