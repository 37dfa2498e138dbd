import Testing

/// The table of layers, over every import and over Package.swift.
struct LayeringTests {
    private let repository = Repository.current

    private func declared() throws -> [String: ManifestTarget] {
        let manifest = try #require(repository.file(at: "Package.swift"))
        let targets = Manifest.targets(of: manifest)
        try #require(targets.count > 20, "the manifest was not understood")
        return Dictionary(targets.map { ($0.name, $0) }) { first, _ in first }
    }

    @Test("imports go down the table of layers")
    func importsGoDown() {
        expectNone(
            repository.swiftSources.flatMap { file in
                ImportLine.all(in: MaskedSource(file)).compactMap { line in
                    guard let target = file.target, !Layers.mayImport(target, line.module) else {
                        return nil
                    }
                    return Finding(
                        file, line.line,
                        "\(target) may not import \(line.module); move the code to the layer that "
                            + "may, or add the line to Layers.swift with the reason in the commit")
                }
            })
    }

    @Test("Package.swift declares no dependency that the table forbids")
    func dependenciesGoDown() throws {
        expectNone(
            try declared().values.filter(\.isSource).flatMap { target -> [Finding] in
                guard let allowed = Layers.allowed[target.name] else {
                    return [
                        Finding(
                            "Package.swift", target.line,
                            "\(target.name) is not in the table; give it a line in Layers.swift")
                    ]
                }
                return target.dependencies.filter { !allowed.contains($0) }.map {
                    Finding(
                        "Package.swift", target.line,
                        "\(target.name) may not depend on \($0); see Layers.swift")
                }
            })
    }

    @Test("every import is declared, and every declared dependency is imported")
    func manifestAgrees() throws {
        let declared = try declared()
        let ours = Set(declared.keys).union(Layers.allowed.values.joined())
        var findings: [Finding] = []
        var imported: [String: Set<String>] = [:]
        for file in repository.files where file.isSwift {
            guard let target = file.target, let entry = declared[target] else { continue }
            for line in ImportLine.all(in: MaskedSource(file)) where ours.contains(line.module) {
                imported[target, default: []].insert(line.module)
                if !entry.dependencies.contains(line.module), line.module != "Foundation" {
                    findings.append(
                        Finding(
                            file, line.line,
                            "declare \(line.module) as a dependency of \(target) in Package.swift"))
                }
            }
        }
        for target in declared.values where target.isSource {
            // A target that imports nothing yet has not been begun.
            guard let used = imported[target.name] else { continue }
            for name in target.dependencies where !used.contains(name) {
                findings.append(
                    Finding(
                        "Package.swift", target.line,
                        "\(target.name) does not import \(name); drop the dependency"))
            }
        }
        expectNone(findings)
    }

    @Test("every folder of Sources and Tests is a target")
    func foldersAreTargets() throws {
        let declared = try declared()
        expectNone(
            repository.folders.filter { folder in
                let parts = folder.split(separator: "/")
                return parts.count == 2 && ["Sources", "Tests"].contains(parts[0])
                    && declared[String(parts[1])] == nil
            }.map { Finding($0, 1, "declare the target in Package.swift, or remove the folder") })
    }

    @Test("outside headers are included by their owner alone")
    func headersHaveOwners() {
        expectNone(
            repository.cSources.flatMap { file in
                file.lines.enumerated().compactMap { index, line in
                    guard line.drop(while: { $0 == " " }).hasPrefix("#include") else { return nil }
                    let owner = Layers.headerOwners.first {
                        line.contains("<\($0.key)") || line.contains("\"\($0.key)")
                    }?.value
                    guard let owner, owner != file.target else { return nil }
                    return Finding(file, index + 1, "only \(owner) may include this header")
                }
            })
    }

    @Test("only Needletail re-exports a module, and nothing is testable")
    func nothingIsReexported() {
        expectNone(
            repository.code.flatMap { file in
                ImportLine.all(in: MaskedSource(file)).compactMap { line -> Finding? in
                    if line.isTestable {
                        return Finding(file, line.line, "mark it `package` instead of @testable")
                    }
                    guard line.isExported, file.target != "Needletail" else { return nil }
                    return Finding(file, line.line, "only Needletail re-exports (Core)")
                }
            })
    }

    @Test("public stands only in the faces of the package")
    func publicIsRare() {
        expectNone(
            repository.swiftSources.flatMap { file -> [Finding] in
                let place = file.parts.dropFirst().joined(separator: "/")
                let isOpen =
                    Layers.publicPlaces.contains(file.target ?? "")
                    || Layers.publicPlaces.contains(place)
                guard !isOpen else { return [] }
                return MaskedSource(file).code.enumerated().compactMap { index, line in
                    words(of: line).contains("public")
                        ? Finding(file, index + 1, "write `package` instead of `public`") : nil
                }
            })
    }
}
