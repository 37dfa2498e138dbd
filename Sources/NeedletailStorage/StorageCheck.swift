package import NeedletailCore

/// Checks of a whole store.
package enum StorageCheck {
    /// Records between two reports of progress.
    private static let progressInterval = 1_024

    /// Reads every record of `store` through LMDB and checks it alone and against the others:
    /// checksums, live bitmaps and records, key maps, free slots, counts. Linear in the store.
    ///
    /// LMDB trusts its pages, so where the file itself may be damaged
    /// ``checkPages(path:progress:)`` comes first. Writers may go on; the check sees one snapshot.
    ///
    /// - Parameter progress: records done and to do; `false` stops the check.
    package static func run(
        _ store: Store, progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
    ) throws(DatabaseError) -> [Finding] {
        let data = try store.beginRead()
        let index = try store.beginIndexRead()
        let total = try data.view.keyCount() + index.view.keyCount()
        var done = 0
        var findings: [Finding] = []
        for (view, kind) in [(data.view, EnvironmentKind.data), (index.view, .index)] {
            var check = ContentCheck(kind)
            // No key is empty, and none is smaller than this.
            let everything = KeyRange(lower: StorageKey([0]), upper: nil)
            try view.forEach(everything) { key, value throws(DatabaseError) in
                check.read(key, value)
                done += 1
                return done % progressInterval != 0 || progress(done, total)
            }
            findings += check.finish()
        }
        _ = progress(done, total)
        return findings
    }

    /// Walks the pages of both files in the directory `path` with plain reads, and checks the
    /// records found there as ``run(_:progress:)`` does. No damage can make it trap, and LMDB is
    /// not asked. Nobody may write meanwhile, unless a read transaction is held.
    ///
    /// - Parameter progress: records done and, as far as the file says, to do.
    package static func checkPages(
        path: String, progress: @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(DatabaseError) -> [Finding] {
        let directory = StoreDirectory(path: path)
        var findings: [Finding] = []
        for kind in EnvironmentKind.allCases {
            let file = directory.file(kind)
            if kind == .index, StoreDirectory.identity(file) == nil { continue }
            let collector = ContentCollector(kind, progress)
            let report = try PageWalk.run(path: file) { key, value, total in
                collector.read(key, value, total)
            }
            findings += report.problems.map { Finding(.damage, "\(kind.name).mdb: \($0)") }
            findings += collector.check.finish()
            if report.isTruncated {
                findings.append(Finding(.damage, "\(kind.name).mdb: more problems follow"))
            }
        }
        return findings
    }

    /// Hands the records of a page walk to a check.
    private final class ContentCollector {
        var check: ContentCheck
        private var done = 0
        private let progress: (Int, Int) -> Void

        init(_ kind: EnvironmentKind, _ progress: @escaping (Int, Int) -> Void) {
            check = ContentCheck(kind)
            self.progress = progress
        }

        func read(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ total: Int) {
            // SAFETY: handed on during the visit only.
            check.read(key, value)
            done += 1
            if done % progressInterval == 0 { progress(done, total) }
        }
    }
}
