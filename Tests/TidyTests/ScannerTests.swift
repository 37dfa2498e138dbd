import Testing

/// The readers under the rules: masked text, functions, imports, the manifest and names.
struct ScannerTests {
    @Test(
        "comments and strings are told from code",
        arguments: [
            ("a // b", "a     "), ("a /* b /* c */ d */ e", "a                   e"),
            ("a(\"b\\\"c\") d", "a(\"    \") d"), ("#\"a\"b\"# c", "#\"   \"# c"),
            ("\"a\\(b + \"c\")d\" e", "\"   b + \" \")  \" e"),
            ("\"\"\"\na\n\"\"\" b", "\"\"\"\n \n\"\"\" b"),
        ])
    func masks(text: String, code: String) {
        let masked = MaskedSource(text).code.joined(separator: "\n")
        #expect(masked.utf8.count == text.utf8.count)
        #expect(masked.filter { $0 != " " } == code.filter { $0 != " " })
    }

    @Test("functions are found with their extent, requirements are not")
    func findsFunctions() {
        let text = """
            protocol Store {
                func load(_ key: Int) throws(Failure) -> Int
                init()
            }
            struct Disk: Store {
                init() { ready = true }
                func load(
                    _ key: Int, with rule: (Int) -> Bool = { $0 > 1 }
                ) throws(Failure) -> Int
                where Key: Hashable {
                    func inner() -> Int { 1 }
                    return inner()
                }
                static func == (left: Disk, right: Disk) -> Bool { true }
                let made = Disk.init()
            }
            """
        let found = SwiftFunctions.all(in: MaskedSource(text))
        #expect(
            Set(found.map { "\($0.name) \($0.first)-\($0.last)" })
                == ["init 6-6", "load 7-13", "inner 11-11", "== 14-14"])
    }

    @Test("functions of C are found through attributes, directives and namespaces")
    func findsCFunctions() {
        let text = """
            #define NT_TWICE(x) \\
                do { x; x; } while (0)
            typedef struct { int a; } nt_pair;
            static const int table[] = {1, 2};
            __attribute__((target("avx2"))) int nt_sum(const int *rows)
            {
                if (rows) { return 1; }
                return 0;
            }
            static inline int half(int x) { return x / 2; }
            extern "C" {
            int nt_later(int);
            int leaked(void) { return 2; }
            }
            namespace {
            int first() { return 3; }
            int second() { return 4; }
            }
            """
        let found = CFunctions.all(in: MaskedSource(text, isC: true))
        #expect(
            found.map { "\($0.name) \($0.isStatic) \($0.hasBody)" } == [
                "nt_sum false true", "half true true", "nt_later false false",
                "leaked false true", "first true true", "second true true",
            ])
        #expect(found.first?.first == 5 && found.first?.last == 9)
        let file = TextFile(path: "Sources/CChecksum/sample.c", text: text)
        #expect(CSymbolRules.findings(in: file).map(\.line) == [13])
        let header = TextFile(path: "Sources/CChecksum/include/sample.h", text: text)
        #expect(CSymbolRules.findings(in: header).count == 4)
    }

    @Test("imports are read with their modifiers")
    func readsImports() {
        let text = """
            import Glibc
            package import NeedletailCore
            @_exported public import struct NeedletailCore.Row
            @testable import NeedletailText
            // import Foundation
            let text = "import Foundation"
            """
        let found = ImportLine.all(in: MaskedSource(text))
        #expect(
            found.map(\.module) == ["Glibc", "NeedletailCore", "NeedletailCore", "NeedletailText"])
        #expect(found.map(\.isExported) == [false, false, true, false])
        #expect(found.map(\.isTestable) == [false, false, false, true])
    }

    @Test("targets and their dependencies are read from a manifest")
    func readsManifest() {
        let text = """
            let package = Package(
                targets: [
                    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["x"])]),
                    target("A"),
                    target("B", ["A", .target(name: "C", condition: .when(traits: ["T"]))]),
                    .executableTarget(
                        name: "D", dependencies: ["A", .product(name: "P", package: "q")]),
                    .target(name: "E", dependencies: ["A"], path: "Tests/E", exclude: ["x"]),
                    tests("BTests", ["B"], resources: [.copy("Fixtures")]),
                ])
            """
        let targets = Manifest.targets(of: TextFile(path: "Package.swift", text: text))
        #expect(targets.map(\.name) == ["CLMDB", "A", "B", "D", "E", "BTests"])
        #expect(
            targets.map(\.dependencies) == [[], [], ["A", "C"], ["A", "P"], ["A"], ["B"]])
        #expect(targets.map(\.isSource) == [true, true, true, true, false, false])
    }

    @Test(
        "names fall into words",
        arguments: [
            ("JSONPathV2", ["JSON", "Path", "V2"]), ("fileUtils", ["file", "Utils"]),
            ("Value+Base64", ["Value", "Base64"]), ("nt_fill_row", ["nt", "fill", "row"]),
            ("SQL", ["SQL"]),
        ])
    func splitsNames(name: String, parts: [String]) {
        #expect(nameWords(of: name) == parts)
    }
}
