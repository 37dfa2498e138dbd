/// What FAISS calls an index: the forms of it that are written.
package enum FAISSIndexKind: Sendable, Hashable {
    case flat
    case lists(Int, isQuantised: Bool)
    /// With so many neighbours of a node.
    case graph(Int)

    /// Reads `Flat`, `IVF1024,Flat`, `IVF1024,SQ8` and `HNSW32` (or `HNSW32,Flat`), in letters of
    /// either case; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.lowercased().split(separator: ",", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2 else { return nil }
        let second = parts.count == 2 ? parts[1] : nil
        if first == "flat", second == nil {
            self = .flat
        } else if first.hasPrefix("ivf"), let lists = Int(first.dropFirst(3)), lists > 0,
            lists <= 1 << 20, second == "flat" || second == "sq8"
        {
            self = .lists(lists, isQuantised: second == "sq8")
        } else if first.hasPrefix("hnsw"), let degree = Int(first.dropFirst(4)),
            2...512 ~= degree, second == nil || second == "flat"
        {
            self = .graph(degree)
        } else {
            return nil
        }
    }

    /// As FAISS's `index_factory` takes it.
    package var text: String {
        switch self {
        case .flat: "Flat"
        case .lists(let count, let isQuantised): "IVF\(count),\(isQuantised ? "SQ8" : "Flat")"
        case .graph(let degree): "HNSW\(degree),Flat"
        }
    }
}
