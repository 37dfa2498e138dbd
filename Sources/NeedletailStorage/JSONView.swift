package import NeedletailCore

/// Encoded JSON in place. Every access is bounded: the bytes may be damaged, and then `nil` comes
/// back.
struct JSONView {
    private let tag: UInt8
    // SAFETY: the caller keeps the bytes alive; every access below is checked against `count`.
    private let content: UnsafeRawBufferPointer

    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return nil }
        tag = first
        content = UnsafeRawBufferPointer(rebasing: bytes[1...])
    }

    private var kind: JSONBytes.Kind? { JSONBytes.Kind(rawValue: tag & 0x0F) }
    private var width: Int { 1 << Int(tag >> 6) }

    /// The value in full; `nil` where it is damaged or too deep.
    func decoded(depth: Int = 0) -> JSON? {
        guard depth <= Limits.nestingDepthMax, let kind else { return nil }
        switch kind {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return ShortInteger.read(content).map(JSON.int)
        case .double:
            guard content.count == 8 else { return nil }
            let bits = UInt64(littleEndian: content.loadUnaligned(as: UInt64.self))
            return .double(Double(bitPattern: bits))
        case .string: return .string(String(decoding: content, as: UTF8.self))
        case .array: return array(depth)
        case .object: return object(depth)
        }
    }

    private func array(_ depth: Int) -> JSON? {
        guard let parts = Parts(content, width, tables: 1) else { return nil }
        var elements: [JSON] = []
        elements.reserveCapacity(parts.count)
        for index in 0..<parts.count {
            guard let bytes = parts.part(0, index),
                let element = JSONView(bytes)?.decoded(depth: depth + 1)
            else { return nil }
            elements.append(element)
        }
        return .array(elements)
    }

    private func object(_ depth: Int) -> JSON? {
        guard let parts = Parts(content, width, tables: 2) else { return nil }
        var members: [JSONObject.Member] = []
        members.reserveCapacity(parts.count)
        for index in 0..<parts.count {
            guard let key = parts.part(0, index), let bytes = parts.part(1, index),
                let value = JSONView(bytes)?.decoded(depth: depth + 1)
            else { return nil }
            members.append(.init(key: String(decoding: key, as: UTF8.self), value: value))
        }
        return .object(JSONObject(members))
    }

    /// What `step` leads to; `nil` where it leads nowhere.
    func value(at step: JSONStep) -> JSONView? {
        switch (kind, step) {
        case (.array, .index(let position)):
            guard let parts = Parts(content, width, tables: 1) else { return nil }
            let index = position < 0 ? position + parts.count : position
            return parts.part(0, index).flatMap(JSONView.init)
        case (.object, .key(let key)):
            guard let parts = Parts(content, width, tables: 2) else { return nil }
            var name = key
            return name.withUTF8 { wanted in
                let index = parts.firstKey(notBefore: UnsafeRawBufferPointer(wanted))
                guard let found = parts.part(0, index), found.elementsEqual(wanted) else {
                    return nil
                }
                return parts.part(1, index).flatMap(JSONView.init)
            }
        default: return nil
        }
    }
}

/// The elements of an array, or the keys and values of an object.
private struct Parts {
    let count: Int
    private let ends: UnsafeRawBufferPointer
    private let width: Int
    private let bodies: UnsafeRawBufferPointer
    private let tables: Int

    init?(_ content: UnsafeRawBufferPointer, _ width: Int, tables: Int) {
        guard let count = Self.number(content, 0, width), width <= 4 else { return nil }
        let (size, overflow) = count.multipliedReportingOverflow(by: width * tables)
        guard !overflow, size <= content.count - width else { return nil }
        self.count = count
        self.width = width
        self.tables = tables
        ends = UnsafeRawBufferPointer(rebasing: content[width..<width + size])
        bodies = UnsafeRawBufferPointer(rebasing: content[(width + size)...])
    }

    /// Part `index` of table `table`: element, key or value.
    func part(_ table: Int, _ index: Int) -> UnsafeRawBufferPointer? {
        guard index >= 0, index < count else { return nil }
        // The values of an object begin where its last key ends.
        let base = table == 0 ? 0 : end(0, count - 1) ?? 0
        let start = index == 0 ? 0 : end(table, index - 1)
        guard let start, let end = end(table, index), start <= end, base + end <= bodies.count
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: bodies[base + start..<base + end])
    }

    /// The first key that does not come before `wanted`, in the order of `JSONObject`.
    func firstKey(notBefore wanted: UnsafeRawBufferPointer) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            guard let key = part(0, middle) else { return count }
            let isBefore =
                key.count == wanted.count ? key.precedes(wanted) : key.count < wanted.count
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func end(_ table: Int, _ index: Int) -> Int? {
        Self.number(ends, (table * count + index) * width, width)
    }

    private static func number(
        _ bytes: UnsafeRawBufferPointer, _ offset: Int, _ width: Int
    ) -> Int? {
        guard offset >= 0, offset + width <= bytes.count else { return nil }
        switch width {
        case 1: return Int(bytes[offset])
        case 2:
            return Int(
                UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        case 4:
            return Int(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        default: return nil
        }
    }
}

extension JSONBytes {
    /// The value that `bytes` encode; `nil` where they are damaged.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> JSON? {
        JSONView(bytes)?.decoded()
    }

    /// What `path` leads to in encoded JSON, decoding nothing else; `nil` where it leads nowhere.
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, at path: [JSONStep]
    ) -> JSON? {
        var view = JSONView(bytes)
        for step in path { view = view?.value(at: step) }
        return view?.decoded()
    }
}
