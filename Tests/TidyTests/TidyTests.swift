import Testing

/// The rules of CONTRIBUTING.md, over the whole tree. Each failure names a line and its remedy.
struct TidyTests {
    private let repository = Repository.current

    @Test("the tree is there")
    func treeIsThere() {
        #expect(repository.swiftSources.count > 10, "no sources under \(repository.place)")
    }

    @Test("only the agreed names stand at the top")
    func topLevelIsFixed() {
        let folders = repository.folders.filter { !$0.contains("/") }
            .subtracting(TopLevel.folders)
        let files = repository.paths.filter { !$0.contains("/") }.subtracting(TopLevel.files)
        expectNone(
            folders.union(files).sorted().map {
                Finding($0, 1, "move it into one of the folders that are there")
            })
    }

    @Test("files, lines and functions keep their limits")
    func shapes() { expectNone(repository.code.flatMap(ShapeRules.findings)) }

    @Test("names of files and types say something")
    func names() { expectNone(repository.code.flatMap(NameRules.findings)) }

    @Test("sources do not trap on what a user can reach")
    func traps() {
        let printing = TrapRules.printingTargets(among: repository.swiftSources)
        expectNone(
            repository.swiftSources.flatMap { file in
                TrapRules.findings(in: file, mayPrint: printing.contains(file.target ?? ""))
            })
    }

    @Test("unsafe code says why it is safe")
    func safety() { expectNone(repository.swiftSources.flatMap(SafetyRules.findings)) }

    @Test("comments hold no open ends and no old code")
    func comments() { expectNone(repository.code.flatMap(CommentRules.findings)) }

    @Test("symbols of C and C++ begin with nt_")
    func symbols() { expectNone(repository.cSources.flatMap(CSymbolRules.findings)) }

    @Test("no file names a place on one machine")
    func machinePaths() { expectNone(repository.files.flatMap(ProseRules.machinePaths)) }

    @Test("every page has one title")
    func titles() { expectNone(repository.markdown.flatMap(ProseRules.titles)) }

    @Test("paths named in prose exist")
    func pathsInProse() {
        // The change log speaks of the past.
        expectNone(
            repository.markdown.filter { $0.path != "CHANGELOG.md" }.flatMap {
                ProseRules.missingPaths(in: $0, of: repository)
            })
    }
}
