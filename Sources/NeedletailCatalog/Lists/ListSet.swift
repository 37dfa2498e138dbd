import NeedletailIndex

/// The lists of an index while some come, some go and some move, their numbers ascending.
struct ListSet {
    var origin: [Float]
    private(set) var hasChanged = false
    private let old: ListCentroids
    private var gone: Set<UInt32> = []
    private var new: [(list: UInt32, centroid: [Float])] = []
    private var moved: [UInt32: [Float]] = [:]

    init(_ centroids: ListCentroids) {
        old = centroids
        origin = centroids.origin
    }

    var count: Int { old.count - gone.count + new.count }

    /// Takes one of the lists out.
    mutating func remove(_ list: UInt32) {
        hasChanged = true
        if let place = new.firstIndex(where: { $0.list == list }) {
            new.remove(at: place)
        } else {
            gone.insert(list)
        }
    }

    /// - Parameter list: a number above all others.
    mutating func append(_ list: UInt32, _ centroid: [Float]) {
        hasChanged = true
        new.append((list, centroid))
    }

    /// Puts the centroid of one of the lists that were there elsewhere.
    mutating func move(_ list: UInt32, to centroid: [Float]) {
        hasChanged = true
        moved[list] = centroid
    }

    /// `nil` where there is none, or a component is not finite.
    func centroids(_ layout: ListLayout) -> ListCentroids? {
        let dimension = layout.dimension
        var ids: [UInt32] = []
        var components: [Float] = []
        components.reserveCapacity(count * dimension)
        for (place, list) in old.ids.enumerated() where !gone.contains(list) {
            ids.append(list)
            if let centroid = moved[list] {
                components += centroid
            } else {
                components += old.centroids[place * dimension..<(place + 1) * dimension]
            }
        }
        for (list, centroid) in new {
            ids.append(list)
            components += centroid
        }
        return ListCentroids(layout, ids: ids, centroids: components, origin: origin)
    }
}
