import NeedletailIndex
import NeedletailStorage

/// How many lists have to be probed for which recall, as measured on rows of the table, each
/// without itself.
package struct ListCalibration: Sendable, Hashable {
    /// Neighbours that recall is counted over.
    package static let k = 10
    /// Numbers of lists that are measured.
    static let widths = [
        1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 1_536,
        2_048,
    ]

    package struct Point: Sendable, Hashable {
        package let probes: UInt32
        /// The lower end of the one-sided 95 % confidence interval of the mean recall.
        package let recall: Float
    }

    /// How many lists there were; 0 where nothing was measured.
    package var listCount: UInt32 = 0
    package var points: [Point] = []

    package init() {}

    /// - Parameter recalls: of each sample, the recall at each of ``widths``, as far as there are
    ///   lists.
    init(listCount: Int, recalls: [[Double]]) {
        self.listCount = UInt32(listCount)
        guard let first = recalls.first else { return }
        points = first.indices.map { place in
            Point(
                probes: UInt32(Self.widths[place]),
                recall: Calibration.lowerBound(recalls.map { $0[place] }))
        }
    }

    /// How many of `listCount` lists to probe for `recall`; `nil` where no number is known to
    /// reach it.
    package func probes(for recall: Double, listCount: Int) -> Int? {
        guard self.listCount > 0 else {
            // Nothing was measured: a third of the lists, and all of a few.
            return recall < 1 ? min(listCount, max(8, (listCount + 2) / 3)) : nil
        }
        func least(_ aim: Double) -> Int? {
            points.first { Double($0.recall) >= aim }.map { Int($0.probes) }
        }
        // Real queries may be of another kind than the samples.
        guard let probes = least(recall + 0.4 * (1 - recall)) ?? least(recall) else { return nil }
        // The lists have become more since: as large a share of them.
        let growth = max(1, Double(listCount) / Double(self.listCount))
        return min(listCount, Int((Double(probes) * growth).rounded(.up)))
    }

    /// Whether so many lists are others than those that were measured.
    func isStale(listCount: Int) -> Bool {
        listCount >= 16
            && (listCount > 2 * Int(self.listCount) || 2 * listCount < Int(self.listCount))
    }
}

extension ListCalibration {
    init?(_ reader: inout ByteReader) {
        guard let listCount: UInt32 = reader.read(), let count: UInt32 = reader.read(),
            count <= Self.widths.count
        else { return nil }
        self.listCount = listCount
        for _ in 0..<count {
            guard let probes: UInt32 = reader.read(), let bits: UInt32 = reader.read() else {
                return nil
            }
            points.append(Point(probes: probes, recall: Float(bitPattern: bits)))
        }
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(littleEndian: listCount)
        bytes.append(littleEndian: UInt32(points.count))
        for point in points {
            bytes.append(littleEndian: point.probes)
            bytes.append(littleEndian: point.recall.bitPattern)
        }
    }
}
