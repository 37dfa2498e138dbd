// swift-tools-version: 6.2
import PackageDescription

// What a user's own package looks like: it sees the products and nothing else.
let package = Package(
    name: "needletail-examples",
    dependencies: [.package(name: "needletail", path: "..")],
    targets: [
        .executableTarget(
            name: "QuickStart",
            dependencies: [.product(name: "Needletail", package: "needletail")],
            path: "QuickStart", exclude: ["expected.txt"]),
        .executableTarget(
            name: "RAG",
            dependencies: [
                .product(name: "Needletail", package: "needletail"),
                .product(name: "NeedletailClient", package: "needletail"),
            ],
            path: "RAG", exclude: ["expected.txt"]),
    ],
    swiftLanguageModes: [.v6]
)
