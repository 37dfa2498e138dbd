import NeedletailCore

/// Vectors as blocks hold them: components one after the other, little-endian.
enum VectorBytes {
    /// The value at `bytes`, of a type with a dimension.
    static func value(_ bytes: UnsafeRawPointer, type: ValueType) -> Value {
        // SAFETY: a verified block holds a whole vector of its column's type there.
        switch type {
        case .vector(let dimension?):
            return .vector(
                [Float](unsafeUninitializedCapacity: dimension) { buffer, count in
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(
                        from: UnsafeRawBufferPointer(start: bytes, count: dimension * 4))
                    count = dimension
                })
        case .halfvec(let dimension?):
            return .halfvec(
                HalfVector(
                    bits: [UInt16](unsafeUninitializedCapacity: dimension) { buffer, count in
                        UnsafeMutableRawBufferPointer(buffer).copyMemory(
                            from: UnsafeRawBufferPointer(start: bytes, count: dimension * 2))
                        count = dimension
                    }))
        case .bit(let dimension?):
            let size = (dimension + 7) / 8
            return .bits(
                BitVector(
                    count: dimension,
                    bytes: Array(UnsafeRawBufferPointer(start: bytes, count: size))))
        default: return .null
        }
    }

    /// Calls `body` with the bytes of `value`, which must be of the column's type.
    ///
    /// Errors: 22000 where the dimension is another or a component is NaN or infinite: nothing that
    /// a kernel could misread is ever stored.
    static func withBytes(
        of value: Value, column: ColumnDefinition,
        _ body: (UnsafeRawBufferPointer) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let dimension = column.type.dimension ?? 0
        switch (value, column.type) {
        case (.vector(let components), .vector) where components.count == dimension:
            guard components.allSatisfy(\.isFinite) else { throw notFinite(column) }
            try components.withUnsafeBufferPointer { (elements) throws(DatabaseError) in
                try body(UnsafeRawBufferPointer(elements))
            }
        case (.halfvec(let half), .halfvec) where half.bits.count == dimension:
            guard half.bits.allSatisfy({ $0 & 0x7C00 != 0x7C00 }) else { throw notFinite(column) }
            try half.bits.withUnsafeBufferPointer { (elements) throws(DatabaseError) in
                try body(UnsafeRawBufferPointer(elements))
            }
        case (.bits(let bits), .bit) where bits.count == dimension:
            try bits.bytes.withUnsafeBufferPointer { (elements) throws(DatabaseError) in
                try body(UnsafeRawBufferPointer(elements))
            }
        default:
            throw DatabaseError(
                .dataException,
                "column \"\(column.name)\" is \(column.type.sqlName), which "
                    + "\(value.naturalType.sqlName) does not fit",
                hint: "give a value of \(dimension) dimensions")
        }
    }

    private static func notFinite(_ column: ColumnDefinition) -> DatabaseError {
        DatabaseError(
            .dataException,
            "NaN and infinity are not allowed in the vector column \"\(column.name)\"",
            hint: "check the embedding before it is stored")
    }
}
