import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailStorage

extension ListDirectory {
    /// Part 0 of list 0: what is known of all lists and changes most.
    package struct Header: Sendable, Hashable {
        /// Of the centroids; another number after every change of them.
        var version: UInt64
        package var listCount: Int
        /// The number of the next list; never given twice.
        var nextList: UInt32
        var state: State
        package var calibration: ListCalibration
        /// The mean squared distance of rows from their centroids when the lists were built; 0
        /// where that is not known.
        var builtSpread: Float = 0
        /// How many lists there were when all of them were looked over, or built.
        var lookedOverCount: UInt32 = 0
        /// Lists that are to be looked over, the most urgent first; some may be gone.
        var due: [UInt32] = []

        /// Whether the rows are in the lists.
        enum State: UInt8, Sendable {
            case unbuilt, built
            /// They were, and a change found something that cannot be read.
            case damaged
        }

        var isBuilt: Bool { state == .built }

        /// Whether many lists came up since all of them were looked over.
        var isGrown: Bool { listCount >= 16 && 4 * listCount > 5 * Int(lookedOverCount) }

        /// The first form ended with the calibration.
        static let (firstForm, form): (UInt8, UInt8) = (1, 2)
    }
}

extension ListDirectory.Header {
    /// `nil` where the index has none. Errors: XX001 where it is damaged or of another layout.
    init?(of index: ListIndex, _ view: StorageView) throws(DatabaseError) {
        let key = StorageKey.invertedList(index: index.id, list: 0, part: 0)
        guard let payload = try view.sealed(key) else { return nil }
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        guard let form: UInt8 = reader.read(), form == Self.firstForm || form == Self.form,
            let state = reader.read(UInt8.self).flatMap(State.init(rawValue:)),
            let assign: UInt8 = reader.read(),
            let metric: UInt8 = reader.read(), let fine: UInt8 = reader.read(),
            let dimension: UInt32 = reader.read(), let version: UInt64 = reader.read(),
            let listCount: UInt32 = reader.read(), let nextList: UInt32 = reader.read()
        else { throw index.damaged(0, "its header is malformed") }
        guard assign == index.options.assign, metric == index.layout.metric.rawValue,
            fine == Self.code(index), dimension == index.layout.dimension, listCount > 0
        else { throw index.damaged(0, "its header does not fit the definition") }
        guard let calibration = ListCalibration(&reader) else {
            throw index.damaged(0, "its calibration is malformed")
        }
        self.init(
            version: version, listCount: Int(listCount), nextList: nextList,
            state: state, calibration: calibration)
        guard form == Self.form, let spread: UInt32 = reader.read(),
            let lookedOverCount: UInt32 = reader.read()
        else { return }
        builtSpread = Float(bitPattern: spread)
        self.lookedOverCount = lookedOverCount
        while let list: UInt32 = reader.read() { due.append(list) }
    }

    func encoded(of index: ListIndex) -> [UInt8] {
        var bytes: [UInt8] = [
            Self.form, state.rawValue, UInt8(index.options.assign),
            index.layout.metric.rawValue, Self.code(index),
        ]
        bytes.append(littleEndian: UInt32(index.layout.dimension))
        bytes.append(littleEndian: version)
        bytes.append(littleEndian: UInt32(listCount))
        bytes.append(littleEndian: nextList)
        calibration.append(to: &bytes)
        bytes.append(littleEndian: builtSpread.bitPattern)
        bytes.append(littleEndian: lookedOverCount)
        for list in due { bytes.append(littleEndian: list) }
        return bytes
    }

    private static func code(_ index: ListIndex) -> UInt8 {
        index.layout.fine.map { $0.rawValue } ?? 0xFF
    }
}
