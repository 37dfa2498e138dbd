import NeedletailCore
import NeedletailStorage

/// The terms of a JSON document in a `gin` index.
///
/// A path is its keys as keys are encoded, a byte for each array that it enters, and a closing
/// byte. It is filed under as such, if it has a step, and with what is at its end: a scalar as
/// keys encode JSON, of an object or array only that it is one.
struct JSONTermCollector {
    private(set) var terms: [[UInt8]] = []
    private var path: [UInt8] = []

    static let elementStep: UInt8 = 2
    private static let pathEnd: UInt8 = 0
    private static let objectMark: UInt8 = 1
    private static let arrayMark: UInt8 = 2

    mutating func add(_ json: JSON) throws(DatabaseError) {
        if !path.isEmpty { terms.append(Self.term(path: path)) }
        terms.append(try Self.term(path: path, leaf: json))
        switch json {
        case .object(let object):
            for member in object.members {
                let length = path.count
                try Self.appendStep(member.key, to: &path)
                try add(member.value)
                path.removeSubrange(length...)
            }
        case .array(let elements):
            path.append(Self.elementStep)
            for element in elements { try add(element) }
            path.removeLast()
        default: break
        }
    }

    static func appendStep(_ key: String, to path: inout [UInt8]) throws(DatabaseError) {
        try KeyCoding.append(.text(key), KeyColumn(.text), to: &path)
    }

    /// That `path` leads somewhere.
    static func term(path: [UInt8]) -> [UInt8] {
        [PostingTerms.Tag.path] + path + [pathEnd]
    }

    /// That `path` leads to the scalar `leaf`, or to an object or array whatever is in it.
    static func term(path: [UInt8], leaf: JSON) throws(DatabaseError) -> [UInt8] {
        var bytes = [PostingTerms.Tag.leaf] + path + [pathEnd]
        switch leaf {
        case .object: bytes.append(objectMark)
        case .array: bytes.append(arrayMark)
        default: try KeyCoding.append(.json(leaf), KeyColumn(.json), to: &bytes)
        }
        return bytes
    }
}

/// What a document must be filed under to contain another (`@>`).
struct JSONContainmentTerms {
    private(set) var terms: [[UInt8]] = []
    /// Whether every document with all of ``terms`` contains the other: an array's element may ask
    /// for one thing only, as its terms may be met by different elements.
    private(set) var isExact = true
    private var path: [UInt8] = []

    /// - Parameter inArray: whether `wanted` is looked for among the elements of an array.
    init(_ wanted: JSON, inArray: Bool = false) throws(DatabaseError) {
        if inArray { path.append(JSONTermCollector.elementStep) }
        try add(wanted)
    }

    private mutating func add(_ wanted: JSON) throws(DatabaseError) {
        switch wanted {
        case .object(let object) where !object.members.isEmpty:
            for member in object.members {
                let length = path.count
                try JSONTermCollector.appendStep(member.key, to: &path)
                try add(member.value)
                path.removeSubrange(length...)
            }
        case .array(let elements) where !elements.isEmpty:
            path.append(JSONTermCollector.elementStep)
            for element in elements {
                let count = terms.count
                try add(element)
                if terms.count > count + 1 { isExact = false }
            }
            path.removeLast()
        default: terms.append(try JSONTermCollector.term(path: path, leaf: wanted))
        }
    }
}
