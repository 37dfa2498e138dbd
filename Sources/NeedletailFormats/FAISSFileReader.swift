import NeedletailCore

/// Reads the structure of an index file of FAISS, and where its vectors lie.
///
/// The format is that of `faiss/impl/index_write.cpp`: a kind of four letters, a header, and what
/// the kind adds; numbers are little-endian. Every count is held against what is left of the file
/// before anything of that size is done, which FAISS's own reader does not do: it makes room for
/// as much as the file asks, and ends the program where there is none.
struct FAISSFileReader {
    /// What an index comes to.
    struct Index {
        var dimension: Int
        var rowCount: Int
        var runs: [FAISSRun]
    }

    private let file: OpenFile
    private let size: Int
    private var offset = 0

    /// An index in an index in an index: a map over HNSW over flat vectors.
    private static let depthMax = 3
    private static let listsMax = 1 << 24

    init(_ file: OpenFile, size: Int) {
        self.file = file
        self.size = size
    }

    var isAtEnd: Bool { offset == size }

    /// The index that comes next.
    mutating func index(depth: Int) throws(DatabaseError) -> Index {
        guard depth < Self.depthMax else { throw malformed("indexes are nested too deep") }
        let kind = try letters()
        switch kind {
        case "IxFI", "IxF2", "IxFl": return try flat()
        case "IxMp", "IxM2": return try mapped(depth)
        case "IwFl": return try lists(depth, isQuantised: false)
        case "IwSq": return try lists(depth, isQuantised: true)
        case "IHNf": return try graph(depth)
        default:
            throw DatabaseError(
                .notSupported, "\"\(file.path)\" holds a FAISS index of the kind \"\(kind)\"",
                hint: "Flat, IVF-Flat, IVF-SQ8 and HNSW-Flat are read. Save the vectors as .npy: "
                    + "numpy.save(\"x.npy\", index.reconstruct_n(0, index.ntotal)).")
        }
    }

    // MARK: Kinds

    private mutating func header() throws(DatabaseError) -> Index {
        let dimension = Int(try number(Int32.self))
        let count = try number(Int64.self)
        // Two words that mean nothing any more, and whether it is trained.
        try skip(17)
        if try number(Int32.self) > 1 { try skip(4) }
        guard 1...Limits.dimensionMax ~= dimension else {
            throw malformed("its vectors have \(dimension) dimensions")
        }
        guard let rowCount = Int(exactly: count), 0...size ~= rowCount else {
            throw malformed("it promises \(count) vectors")
        }
        return Index(dimension: dimension, rowCount: rowCount, runs: [])
    }

    private mutating func flat() throws(DatabaseError) -> Index {
        var index = try header()
        let (start, count) = try array(of: 4)
        guard count == index.rowCount * index.dimension else {
            throw malformed(
                "\(count) components are not \(index.rowCount) vectors of \(index.dimension)")
        }
        index.runs = [
            FAISSRun(rows: 0..<index.rowCount, vectors: start, ids: nil, coding: .floats)
        ]
        return index
    }

    private mutating func mapped(_ depth: Int) throws(DatabaseError) -> Index {
        let outer = try header()
        var index = try self.index(depth: depth + 1)
        let (start, count) = try array(of: 8)
        guard count == index.rowCount, outer.rowCount == count, outer.dimension == index.dimension
        else { throw malformed("\(count) ids are not those of \(index.rowCount) vectors") }
        for place in index.runs.indices {
            guard index.runs[place].ids == nil else {
                throw malformed(
                    "ids are given to vectors that have some", hint: "Write the inner index.")
            }
            index.runs[place].ids = start + 8 * index.runs[place].rows.lowerBound
        }
        return index
    }

    private mutating func graph(_ depth: Int) throws(DatabaseError) -> Index {
        let outer = try header()
        // Shares and numbers of links by level, levels, places of links, links; then five numbers.
        for width in [8, 4, 4, 8, 4] { _ = try array(of: width) }
        try skip(20)
        let index = try self.index(depth: depth + 1)
        guard index.rowCount == outer.rowCount, index.dimension == outer.dimension else {
            throw malformed("its graph has \(outer.rowCount) nodes, not \(index.rowCount)")
        }
        return index
    }

    private mutating func lists(
        _ depth: Int, isQuantised: Bool
    ) throws(DatabaseError) -> Index {
        var index = try header()
        let listCount = try self.count(atMost: Self.listsMax)
        try skip(8)
        let centers = try self.index(depth: depth + 1)
        guard centers.dimension == index.dimension, centers.rowCount == listCount else {
            throw malformed("\(centers.rowCount) centroids are not those of \(listCount) lists")
        }
        try skipDirectMap()
        let codings = isQuantised ? try quantiser(index.dimension, centers) : []
        try readLists(listCount, codings, into: &index)
        return index
    }

    /// A way from ids to places, which is of no use here.
    private mutating func skipDirectMap() throws(DatabaseError) {
        let kind = try number(UInt8.self)
        _ = try array(of: 8)
        if kind == 2 { _ = try array(of: 16) }
    }

    /// The coding of each list.
    private mutating func quantiser(
        _ dimension: Int, _ centers: Index
    ) throws(DatabaseError) -> [FAISSCoding] {
        let kind = try number(Int32.self)
        guard kind == 0 else {
            throw DatabaseError(
                .notSupported, "\"\(file.path)\" holds codes of the scalar quantiser \(kind)",
                hint: "Of quantised indexes, SQ8 is read. Save the vectors as .npy instead.")
        }
        // How ranges were found, and two sizes that are known.
        try skip(4 + 4 + 8 + 8)
        let (start, count) = try array(of: 4)
        guard count == 2 * dimension else {
            throw malformed("\(count) numbers are not \(dimension) ranges")
        }
        let ranges = try floats(count, at: start)
        try skip(8)
        let isResidual = try number(UInt8.self) != 0
        var codings: [FAISSCoding] = []
        var centroids: [Float] = []
        if isResidual {
            guard centers.runs.count == 1, let run = centers.runs.first, run.ids == nil,
                case .floats = run.coding
            else { throw malformed("its centroids are in an index of another kind than flat") }
            centroids = try floats(centers.rowCount * dimension, at: run.vectors)
        }
        for list in 0..<centers.rowCount {
            let center =
                isResidual
                ? Array(centroids[list * dimension..<(list + 1) * dimension])
                : [Float](repeating: 0, count: dimension)
            codings.append(
                .bytes(
                    least: Array(ranges[..<dimension]), range: Array(ranges[dimension...]),
                    center: center))
        }
        return codings
    }

    private mutating func readLists(
        _ listCount: Int, _ codings: [FAISSCoding], into index: inout Index
    ) throws(DatabaseError) {
        let kind = try letters()
        guard kind == "ilar" else {
            throw DatabaseError(
                .notSupported, "the lists of \"\(file.path)\" are of the kind \"\(kind)\"",
                hint: "Lists on disk are files of their own: merge them into the index first.")
        }
        let codeBytes = codings.isEmpty ? 4 * index.dimension : index.dimension
        let (found, width) = (
            try count(atMost: Self.listsMax), try count(atMost: 1 << 24)
        )
        guard found == listCount, width == codeBytes else {
            throw malformed("\(found) lists of \(width) bytes are not \(listCount) of \(codeBytes)")
        }
        var first = 0
        for (list, length) in try lengths(listCount) where length > 0 {
            let vectors = offset
            try skip(length, of: codeBytes)
            let ids = offset
            try skip(length, of: 8)
            index.runs.append(
                FAISSRun(
                    rows: first..<first + length, vectors: vectors, ids: ids,
                    coding: codings.isEmpty ? .floats : codings[list]))
            first += length
        }
        guard first == index.rowCount else {
            throw malformed("its lists hold \(first) vectors, not \(index.rowCount)")
        }
    }

    /// How many vectors each list has, of those that are named.
    private mutating func lengths(
        _ listCount: Int
    ) throws(DatabaseError) -> [(list: Int, length: Int)] {
        let form = try letters()
        let (start, count) = try array(of: 8)
        let isWhole = form == "full"
        guard form == "sprs" || isWhole, isWhole ? count == listCount : count.isMultiple(of: 2)
        else { throw malformed("the lengths of its lists are not told") }
        let words = try bytes(8 * count, at: start)
        var lengths: [(list: Int, length: Int)] = []
        for place in 0..<(isWhole ? count : count / 2) {
            let list = isWhole ? place : Self.clamped(words, 2 * place)
            guard list < listCount else { throw malformed("it names list \(list)") }
            lengths.append((list, Self.clamped(words, isWhole ? place : 2 * place + 1)))
        }
        return lengths
    }

    // MARK: Bytes

    private static func clamped(_ words: [UInt8], _ place: Int) -> Int {
        Int(clamping: UInt64(littleEndian: FAISSFile.load(words, at: 8 * place)))
    }

    private mutating func letters() throws(DatabaseError) -> String {
        let found = try bytes(4, at: offset)
        offset += 4
        guard found.allSatisfy({ 0x20..<0x7F ~= $0 }) else {
            throw malformed("it begins like no index", hint: "Write it with faiss.write_index.")
        }
        return String(decoding: found, as: UTF8.self)
    }

    private mutating func number<Bits: FixedWidthInteger>(
        _ type: Bits.Type
    ) throws(DatabaseError) -> Bits {
        let found = try bytes(MemoryLayout<Bits>.size, at: offset)
        offset += found.count
        return Bits(littleEndian: FAISSFile.load(found, at: 0))
    }

    private mutating func count(atMost most: Int) throws(DatabaseError) -> Int {
        let found = try number(UInt64.self)
        guard found <= UInt64(most) else { throw malformed("it counts \(found)") }
        return Int(found)
    }

    /// Steps over an array with its count in front, and tells where its elements stand.
    private mutating func array(
        of width: Int
    ) throws(DatabaseError) -> (start: Int, count: Int) {
        let count = try self.count(atMost: (size - offset) / width)
        let start = offset
        try skip(count, of: width)
        return (start, count)
    }

    private mutating func skip(_ count: Int, of width: Int = 1) throws(DatabaseError) {
        guard count <= (size - offset) / width else {
            throw malformed("it ends too early", hint: "Copy the file again.")
        }
        offset += count * width
    }

    private func floats(_ count: Int, at start: Int) throws(DatabaseError) -> [Float] {
        let found = try bytes(4 * count, at: start)
        var floats: [Float] = []
        floats.reserveCapacity(count)
        FAISSCoding.floats.append(found, dimension: 1, to: &floats)
        return floats
    }

    private func bytes(_ count: Int, at start: Int) throws(DatabaseError) -> [UInt8] {
        let found = try file.bytes(count, at: start)
        guard found.count == count else {
            throw malformed("it ends too early", hint: "Copy the file again.")
        }
        return found
    }

    private func malformed(_ reason: String, hint: String? = nil) -> DatabaseError {
        Self.malformed(file.path, reason, hint: hint)
    }

    static func malformed(_ path: String, _ reason: String, hint: String? = nil) -> DatabaseError {
        DatabaseError(
            .badCopyFormat, "\"\(path)\" is no index of FAISS that can be read: \(reason)",
            hint: hint ?? "Write the index again with faiss.write_index.")
    }
}
