// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors where `CI` is set, so that a local experiment still builds.
let strict: [SwiftSetting] =
    Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    strict + [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil,
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, resources: resources,
        swiftSettings: settings)
}

let package = Package(
    name: "needletail",
    products: [
        .library(name: "Needletail", targets: ["Needletail"]),
        .library(name: "NeedletailClient", targets: ["NeedletailClient"]),
        .executable(name: "needletail", targets: ["NeedletailTool"]),
        .executable(name: "needletail-bench", targets: ["NeedletailBench"]),
    ],
    traits: [
        .trait(name: "FAISS", description: "k-means training and index files through FAISS"),
        .default(enabledTraits: ["FAISS"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        // Without traits: the file is read by our own JSON, so nothing brings in more.
        .package(
            url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: []),
    ],
    targets: [
        // C and C++
        .systemLibrary(
            name: "CLMDB", pkgConfig: "lmdb",
            providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas",
            providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CNeedletailKernels"),
        .target(name: "CChecksum"),
        .target(
            name: "CFaiss",
            linkerSettings: [
                .linkedLibrary("faiss", .when(traits: ["FAISS"])),
                .linkedLibrary("openblas", .when(traits: ["FAISS"])),
                .linkedLibrary("gomp", .when(traits: ["FAISS"])),
            ]),

        // Floor
        target("NeedletailCore"),
        target("NeedletailText", ["NeedletailCore"]),
        target("NeedletailBitmap"),
        target("NeedletailFormats", ["NeedletailCore", "NeedletailText", "CZlib"]),

        // Engines
        target("NeedletailSyntax", ["NeedletailCore"]),
        target("NeedletailPlanner", ["NeedletailCore", "NeedletailText", "NeedletailSyntax"]),
        target(
            "NeedletailKernels",
            [
                "NeedletailCore", "CNeedletailKernels", "COpenBLAS",
                .target(name: "CFaiss", condition: .when(traits: ["FAISS"])),
            ]),
        target(
            "NeedletailIndex",
            [
                "NeedletailCore", "NeedletailBitmap", "NeedletailKernels", "CNeedletailKernels",
            ]),
        target("NeedletailStorage", ["NeedletailCore", "NeedletailBitmap", "CLMDB", "CChecksum"]),
        target("NeedletailWire", ["NeedletailCore", "NeedletailText"]),

        // Product
        target(
            "NeedletailCatalog",
            [
                "NeedletailCore", "NeedletailText", "NeedletailBitmap", "NeedletailKernels",
                "NeedletailIndex", "NeedletailStorage",
            ]),
        target(
            "NeedletailExecutor",
            [
                "NeedletailCore", "NeedletailText", "NeedletailBitmap", "NeedletailFormats",
                "NeedletailSyntax", "NeedletailPlanner", "NeedletailKernels", "NeedletailIndex",
                "NeedletailStorage",
                "NeedletailCatalog",
            ]),
        target(
            "Needletail",
            [
                "NeedletailCore", "NeedletailStorage", "NeedletailCatalog", "NeedletailExecutor",
            ]),

        // Faces
        target("NeedletailClient", ["NeedletailCore", "NeedletailText", "NeedletailWire"]),
        .target(
            name: "NeedletailServer",
            dependencies: [
                "NeedletailCore", "NeedletailText", "NeedletailSyntax", "NeedletailWire",
                "Needletail",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Configuration", package: "swift-configuration"),
            ],
            swiftSettings: settings),
        target(
            "NeedletailShell",
            ["NeedletailCore", "NeedletailText", "NeedletailSyntax"]),
        .executableTarget(
            name: "NeedletailTool",
            dependencies: [
                "NeedletailCore", "NeedletailText", "Needletail", "NeedletailShell",
                "NeedletailClient", "NeedletailServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        // Tests
        tests("NeedletailCoreTests", ["NeedletailCore"]),
        tests("NeedletailTextTests", ["NeedletailCore", "NeedletailText"]),
        tests(
            "NeedletailFormatsTests", ["NeedletailCore", "NeedletailFormats"],
            resources: [.copy("Fixtures")]),
        tests(
            "NeedletailKernelsTests", ["NeedletailCore", "NeedletailKernels"],
            resources: [.copy("Fixtures")]),
        // What FAISS answers; linked through CFaiss.
        .target(
            name: "CFaissOracle",
            dependencies: [.target(name: "CFaiss", condition: .when(traits: ["FAISS"]))],
            path: "Tests/CFaissOracle"),
        tests(
            "NeedletailIndexTests",
            [
                "NeedletailCore", "NeedletailBitmap", "NeedletailKernels", "NeedletailIndex",
                .target(name: "CFaissOracle", condition: .when(traits: ["FAISS"])),
            ]),
        tests(
            "NeedletailStorageTests", ["NeedletailCore", "NeedletailBitmap", "NeedletailStorage"]),
        tests("NeedletailSyntaxTests", ["NeedletailCore", "NeedletailSyntax"]),
        tests(
            "NeedletailPlannerTests",
            ["NeedletailCore", "NeedletailSyntax", "NeedletailPlanner"],
            resources: [.copy("Golden")]),
        .target(
            name: "NeedletailWireScripts", dependencies: ["NeedletailCore", "NeedletailWire"],
            path: "Tests/NeedletailWireScripts", exclude: ["Scripts"], swiftSettings: settings),
        tests(
            "NeedletailWireTests",
            ["NeedletailCore", "NeedletailText", "NeedletailWire", "NeedletailWireScripts"]),
        tests(
            "NeedletailCatalogTests",
            [
                "NeedletailCore", "NeedletailBitmap", "NeedletailKernels", "NeedletailStorage",
                "NeedletailIndex", "NeedletailCatalog",
            ]),
        tests(
            "NeedletailExecutorTests",
            ["NeedletailCore", "NeedletailSyntax", "NeedletailPlanner", "NeedletailExecutor"]),
        tests(
            "NeedletailServerTests",
            [
                "NeedletailCore", "NeedletailWire", "NeedletailExecutor", "Needletail",
                "NeedletailClient", "NeedletailServer", "NeedletailWireScripts",
                "NeedletailTool",
            ], exclude: ["load.py"]),
        tests(
            "NeedletailTests",
            [
                "Needletail", "NeedletailText", "NeedletailBitmap", "NeedletailIndex",
                "NeedletailStorage", "NeedletailCatalog", "NeedletailExecutor",
            ],
            resources: [.copy("Golden")]),
        tests("CrashTests", ["Needletail", "CrashModel", "CrashWorker", "NeedletailTool"]),
        .target(
            name: "CrashModel", dependencies: ["Needletail"], path: "Tests/CrashModel",
            swiftSettings: settings),
        .executableTarget(
            name: "CrashWorker", dependencies: ["Needletail", "CrashModel"],
            path: "Tests/CrashWorker", swiftSettings: settings),
        .executableTarget(
            name: "NeedletailBench",
            dependencies: [
                "Needletail", "NeedletailClient", "NeedletailCore", "NeedletailText",
                "NeedletailFormats", "NeedletailKernels", "NeedletailIndex", "NeedletailCatalog",
                "NeedletailExecutor",
            ], path: "Benchmarks/NeedletailBench",
            swiftSettings: settings),
        tests("NeedletailShellTests", ["NeedletailCore", "NeedletailShell"]),
        tests("TidyTests", []),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
