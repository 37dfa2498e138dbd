package import NeedletailBitmap
package import NeedletailCore
import NeedletailStorage

/// What a posting index has for a condition.
package struct PostingMatch: Sendable {
    package let slots: SlotBitmap
    /// Whether every slot meets the condition; otherwise some may not, and their rows decide.
    package let isExact: Bool

    package init(slots: SlotBitmap, isExact: Bool) {
        self.slots = slots
        self.isExact = isExact
    }
}

/// Questions to a `gin` index. Each gives no slot of a row that is NULL.
extension PostingReader {
    /// The slots of arrays that have all of `elements`. NULL is contained nowhere.
    package func slots(containing elements: [Value]) throws(DatabaseError) -> SlotBitmap {
        guard case .elements(let column) = terms.form else { return SlotBitmap() }
        guard !elements.contains(where: \.isNull) else { return SlotBitmap() }
        var wanted: [[UInt8]] = []
        for element in elements { wanted.append(try PostingTerms.term(element: element, column)) }
        return try slots(ofAll: wanted)
    }

    /// The slots of arrays that have any of `elements`. NULL is contained nowhere.
    package func slots(overlapping elements: [Value]) throws(DatabaseError) -> SlotBitmap {
        guard case .elements(let column) = terms.form else { return SlotBitmap() }
        var found = SlotBitmap()
        for element in elements where !element.isNull {
            found.formUnion(try slots(encoded: try PostingTerms.term(element: element, column)))
        }
        return found
    }

    /// The slots of empty arrays.
    package func slotsOfEmptyArray() throws(DatabaseError) -> SlotBitmap {
        guard case .elements = terms.form else { return SlotBitmap() }
        return try slots(encoded: [PostingTerms.Tag.emptyArray])
    }

    /// The slots of documents that contain `json` in the sense of `@>`.
    package func match(containing json: JSON) throws(DatabaseError) -> PostingMatch {
        guard case .json = terms.form else {
            return PostingMatch(slots: SlotBitmap(), isExact: false)
        }
        let wanted = try JSONContainmentTerms(json)
        var slots = try slots(ofAll: wanted.terms)
        if case .array = json { return PostingMatch(slots: slots, isExact: wanted.isExact) }
        // An array contains what is one of its elements, at the top.
        let element = try self.slots(ofAll: try JSONContainmentTerms(json, inArray: true).terms)
        slots.formUnion(element)
        if case .object = json {
            return PostingMatch(slots: slots, isExact: wanted.isExact && element.isEmpty)
        }
        return PostingMatch(slots: slots, isExact: wanted.isExact)
    }

    /// The slots of documents with `key` in the sense of `?`: a member's key, an element that is
    /// this string, or this string itself.
    package func slots(hasKey key: String) throws(DatabaseError) -> SlotBitmap {
        guard case .json = terms.form else { return SlotBitmap() }
        var slots = try slots(pathExists: [.key(key)]) ?? SlotBitmap()
        for path in [[], [JSONTermCollector.elementStep]] {
            let term = try JSONTermCollector.term(path: path, leaf: .string(key))
            slots.formUnion(try self.slots(encoded: term))
        }
        return slots
    }

    /// The slots of documents with the scalar `value` at the end of `path`; `nil` where the path
    /// has a position in an array, which is not filed, or the value is not a scalar.
    package func slots(
        path: [JSONStep], equalTo value: JSON
    ) throws(DatabaseError) -> SlotBitmap? {
        guard case .json = terms.form, let encoded = try encoded(path) else { return nil }
        switch value {
        case .array, .object: return nil
        default: return try slots(encoded: try JSONTermCollector.term(path: encoded, leaf: value))
        }
    }

    /// The slots of documents in which `path` leads somewhere, to JSON's null perhaps; `nil` where
    /// it has a position in an array, which is not filed.
    package func slots(pathExists path: [JSONStep]) throws(DatabaseError) -> SlotBitmap? {
        guard case .json = terms.form, let encoded = try encoded(path), !encoded.isEmpty else {
            return nil
        }
        return try slots(encoded: JSONTermCollector.term(path: encoded))
    }

    private func encoded(_ path: [JSONStep]) throws(DatabaseError) -> [UInt8]? {
        var bytes: [UInt8] = []
        for step in path {
            guard case .key(let key) = step else { return nil }
            try JSONTermCollector.appendStep(key, to: &bytes)
        }
        return bytes
    }

    /// The slots filed under all of `wanted`; without any, every slot that is not NULL.
    private func slots(ofAll wanted: [[UInt8]]) throws(DatabaseError) -> SlotBitmap {
        guard let first = wanted.first else {
            return try reader.liveSlots().subtracting(try slotsOfNull())
        }
        var slots = try slots(encoded: first)
        for term in wanted.dropFirst() where !slots.isEmpty {
            slots.formIntersection(try self.slots(encoded: term))
        }
        return slots
    }
}
