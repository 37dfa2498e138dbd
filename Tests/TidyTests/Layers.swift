/// Which module may import which: the table of the architecture, as data.
///
/// Imports go down, never sideways. A new target, or a new outside library, gets its line here and
/// its reason in the commit.
enum Layers {
    /// What one target may import of ours, and of the outside libraries it owns.
    static let allowed: [String: Set<String>] = [
        // C and C++
        "CLMDB": [], "COpenBLAS": [], "CZlib": [], "CNeedletailKernels": [], "CChecksum": [],
        "CFaiss": [],

        // Floor
        "NeedletailCore": [],
        "NeedletailBitmap": ["NeedletailCore"],
        "NeedletailText": ["NeedletailCore"],
        "NeedletailFormats": ["NeedletailCore", "NeedletailText", "CZlib"],

        // Engines
        "NeedletailSyntax": floor,
        "NeedletailPlanner": floor.union(["NeedletailSyntax"]),
        "NeedletailKernels": floor.union(["CNeedletailKernels", "COpenBLAS", "CFaiss"]),
        // The walk calls the C kernels itself: once for every node it expands.
        "NeedletailIndex": floor.union(["NeedletailKernels", "CNeedletailKernels"]),
        "NeedletailStorage": floor.union(["CLMDB", "CChecksum"]),
        "NeedletailWire": floor,
        "NeedletailTransport": floor.union(["NeedletailWire"]).union(nio),

        // Product
        "NeedletailCatalog": floor.union([
            "NeedletailKernels", "NeedletailIndex", "NeedletailStorage",
        ]),
        "NeedletailExecutor": floor.union(engines).union(["NeedletailFormats", "NeedletailCatalog"]
        ),
        "Needletail": floor.union(engines).union(["NeedletailCatalog", "NeedletailExecutor"]),

        // Faces
        "NeedletailShell": floor.union(["NeedletailSyntax"]),
        "NeedletailClient": floor.union(["NeedletailWire", "NeedletailTransport"]),
        "NeedletailServer": floor.union([
            // The language's lexer says where a statement typed at the port ends.
            "Needletail", "NeedletailSyntax", "NeedletailWire", "NeedletailTransport",
        ]).union(nio).union([
            // The server's settings, log and life.
            "Configuration", "Logging", "ServiceLifecycle", "UnixSignals",
        ]),
        "NeedletailTool": floor.union([
            "Needletail", "NeedletailShell", "NeedletailClient", "NeedletailServer",
            "ArgumentParser", "Foundation",
        ]),
    ]

    private static let floor: Set<String> = [
        "NeedletailCore", "NeedletailBitmap", "NeedletailText",
    ]
    private static let engines: Set<String> = [
        "NeedletailSyntax", "NeedletailPlanner", "NeedletailKernels", "NeedletailIndex",
        "NeedletailStorage",
    ]
    private static let nio: Set<String> = [
        "NIOCore", "NIOPosix", "NIOConcurrencyHelpers", "NIOFoundationCompat", "NIOSSL", "NIOTLS",
        "NIOTransportServices", "NIOExtras",
    ]

    /// Modules of the platform that any target may import. Foundation is not among them: it is
    /// large, slow to start and differs between platforms.
    static let platform: Set<String> = [
        "Swift", "Synchronization", "Glibc", "Musl", "Darwin", "Builtin", "_Concurrency",
    ]

    /// Modules of the platform that single targets may import besides: Accelerate stands in for
    /// OpenBLAS.
    static let platformOfOne: [String: Set<String>] = [
        "NeedletailKernels": ["Accelerate"]
    ]

    /// Headers of outside libraries, and the one target that may include them.
    static let headerOwners: [String: String] = [
        "lmdb.h": "CLMDB", "cblas.h": "COpenBLAS", "zlib.h": "CZlib", "faiss/": "CFaiss",
        "openblas_config.h": "COpenBLAS",
    ]

    /// Where `public` may appear; a name that ends in `.swift` allows that file alone.
    static let publicPlaces: Set<String> = [
        "NeedletailCore", "Needletail", "NeedletailClient", "NeedletailServer/Server.swift",
        "NeedletailServer/ServerConfiguration.swift",
    ]

    /// What a target may import, platform included.
    static func mayImport(_ target: String, _ module: String) -> Bool {
        platform.contains(module) || (allowed[target]?.contains(module) ?? false)
            || (platformOfOne[target]?.contains(module) ?? false)
    }
}
