package import NeedletailCore

/// What a walk over the pages of a file found.
package struct PageReport: Sendable, Hashable {
    /// One sentence each; empty where nothing is wrong. At most a thousand.
    package var problems: [String] = []
    /// Pages that were read.
    package var pagesRead = 0
    /// Records of the main tree.
    package var entries = 0
    /// Pages in the list of free pages.
    package var freePages = 0
    /// Whether there were more problems.
    package var isTruncated = false
    /// The LMDB transaction that was walked.
    package var transaction: UInt64 = 0
}

/// A walk over every page of an LMDB file with plain reads, never through LMDB, so that a damaged
/// tree can do no harm.
///
/// Checks the newest meta page, each page's number, kind and bounds, the order of keys within and
/// between pages, the pages of long values, the counts of both trees, and that no page is used
/// twice or both used and free. Values are not interpreted. Nobody may write meanwhile, unless the
/// caller has held a read transaction since before the walk began.
package struct PageWalk: ~Copyable {
    /// Gets a key, its value, and how many there are as far as the file says.
    // SAFETY: the bytes belong to the walk and are valid during the visit only.
    package typealias Visit = (UnsafeRawBufferPointer, UnsafeRawBufferPointer, Int) -> Void

    let file: PageFile
    let meta: PageMeta
    let visit: Visit
    var report = PageReport()
    /// One bit per page of the file: used by a tree.
    var used: [UInt64]
    var free: [UInt64]
    var branchPages: UInt64 = 0
    var leafPages: UInt64 = 0
    var overflowPages: UInt64 = 0
    var entries: UInt64 = 0
    var previousKey: [UInt8]?
    var isFreeTree = false

    /// Walks the file at `path`. `visit` gets each record of the main tree that
    /// could be read. Throws only where the file cannot be opened.
    package static func run(
        path: String,
        visit: @escaping Visit = { _, _, _ in }
    ) throws(DatabaseError) -> PageReport {
        let file = try PageFile(path: path)
        guard let meta = file.newestMeta() else {
            return PageReport(problems: ["the file has no readable meta page"])
        }
        guard meta.version == 1 else {
            return PageReport(problems: ["the file has LMDB format \(meta.version), not 1"])
        }
        var walk = PageWalk(file: file, meta: meta, visit: visit)
        walk.run()
        return walk.report
    }

    init(
        file: consuming PageFile, meta: PageMeta,
        visit: @escaping Visit
    ) {
        let words = file.byteCount / meta.pageBytes / 64 + 1
        used = [UInt64](repeating: 0, count: words)
        free = used
        self.file = file
        self.meta = meta
        self.visit = visit
        report.transaction = meta.transaction
    }

    mutating func run() {
        if meta.lastPage < 1 { problem("the meta page says that the file has no pages") }
        isFreeTree = true
        walk(meta.free, "list of free pages")
        isFreeTree = false
        walk(meta.main, "main tree")
        report.entries = Int(clamping: entries)
        checkFreePages()
    }

    mutating func problem(_ text: String) {
        if isExhausted {
            report.isTruncated = true
        } else {
            report.problems.append(text)
        }
    }

    var isExhausted: Bool { report.problems.count >= StorageTuning.findingsMax }

    mutating func walk(_ tree: PageTree, _ name: String) {
        branchPages = 0
        leafPages = 0
        overflowPages = 0
        entries = 0
        previousKey = nil
        // The main tree has no flags. The other is keyed by native integers, and its field also
        // keeps the flags that the file was opened with.
        if isFreeTree ? tree.flags & 0x08 == 0 : tree.flags != 0 {
            problem("the \(name) has flags \(tree.flags)")
        }
        if tree.root == .max {
            if tree.entries != 0 { problem("the \(name) has entries but no root") }
            return
        }
        guard tree.depth > 0, tree.depth <= 64 else {
            return problem("the \(name) has a depth of \(tree.depth)")
        }
        walk(page: tree.root, level: Int(tree.depth), atLeast: nil, before: nil)
        let counts = [
            ("branch pages", tree.branchPages, branchPages),
            ("leaf pages", tree.leafPages, leafPages),
            ("overflow pages", tree.overflowPages, overflowPages),
            ("entries", tree.entries, entries),
        ]
        for (what, expected, counted) in counts where expected != counted {
            problem("the \(name) has \(counted) \(what) but counts \(expected)")
        }
    }

    /// Walks a page and what is below it: `level` pages deep, with keys from `lower` to `upper`.
    mutating func walk(
        page number: UInt64, level: Int, atLeast lower: [UInt8]?, before upper: [UInt8]?
    ) {
        guard !isExhausted, claim(number), let page = read(number) else { return }
        let isLeaf = level == 1
        let expected = isLeaf ? Page.leafFlag : Page.branchFlag
        guard page.flags == expected else {
            return problem("page \(number) has flags \(page.flags), not \(expected)")
        }
        guard page.hasValidBounds, page.nodeCount > 0, isLeaf || page.nodeCount > 1 else {
            return problem("page \(number) has bounds \(page.lower) and \(page.upper)")
        }
        if isLeaf { leafPages += 1 } else { branchPages += 1 }
        guard let nodes = nodes(of: page, number) else { return }
        if isLeaf {
            for node in nodes { check(leaf: node, page, number, lower, upper) }
            return
        }
        // The first key of a branch page is not stored: it is whatever the page's own bound is.
        let keys = nodes.indices.map { index in
            index == 0 ? lower : Array(page.bytes[nodes[index].key])
        }
        for index in nodes.indices.dropFirst() {
            let isInside =
                keys[index].map { key in
                    (keys[index - 1].map { isOrdered($0, key) } ?? true)
                        && (upper.map { isOrdered(key, $0) } ?? true)
                } ?? false
            if !isInside { problem("page \(number) has branch key \(index) out of order") }
        }
        for index in nodes.indices {
            let end = index + 1 < nodes.count ? keys[index + 1] : upper
            walk(page: nodes[index].child, level: level - 1, atLeast: keys[index], before: end)
        }
    }

    /// The nodes of a page, or `nil` after a problem: each inside the page, none over another.
    mutating func nodes(of page: Page, _ number: UInt64) -> [PageNode]? {
        var nodes: [PageNode] = []
        var extents: [Range<Int>] = []
        for index in 0..<page.nodeCount {
            guard let node = page.node(index) else {
                problem("page \(number) has node \(index) outside its bounds")
                return nil
            }
            nodes.append(node)
            let start = node.key.lowerBound - PageNode.headerBytes
            extents.append(start..<(node.isLeaf ? node.end : node.key.upperBound))
        }
        extents.sort { $0.lowerBound < $1.lowerBound }
        for index in extents.indices.dropFirst()
        where extents[index].lowerBound < extents[index - 1].upperBound {
            problem("page \(number) has nodes that overlap")
            return nil
        }
        return nodes
    }

    /// Notes that `number` is used. `false`, after a problem, where it cannot be.
    mutating func claim(_ number: UInt64) -> Bool {
        guard number >= 2, number <= meta.lastPage, number / 64 < UInt64(used.count) else {
            problem("page \(number) is outside the file, whose last is \(meta.lastPage)")
            return false
        }
        let word = Int(number / 64)
        let bit: UInt64 = 1 << (number % 64)
        guard used[word] & bit == 0 else {
            problem("page \(number) is used twice")
            return false
        }
        used[word] |= bit
        return true
    }

    mutating func read(_ number: UInt64) -> Page? {
        guard let page = file.page(number, meta) else {
            problem("page \(number) is missing: the file ends before it")
            return nil
        }
        report.pagesRead += 1
        guard page.number == number else {
            problem("page \(number) says that it is page \(page.number)")
            return nil
        }
        return page
    }

    /// Whether `left` comes before `right` in the tree being walked.
    func isOrdered(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard isFreeTree else { return left.lexicographicallyPrecedes(right) }
        guard left.count == 8, right.count == 8 else { return false }
        return (left[...].number(0) as UInt64) < right[...].number(0)
    }
}
