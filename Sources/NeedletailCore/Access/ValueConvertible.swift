/// A Swift value that can be bound to a parameter.
public protocol ValueConvertible {
    var databaseValue: Value { get }
}

extension Value: ValueConvertible {
    public var databaseValue: Value { self }
}

extension Bool: ValueConvertible {
    public var databaseValue: Value { .bool(self) }
}

extension Int: ValueConvertible {
    public var databaseValue: Value { .int(Int64(self)) }
}

extension Int16: ValueConvertible {
    public var databaseValue: Value { .int(Int64(self)) }
}

extension Int32: ValueConvertible {
    public var databaseValue: Value { .int(Int64(self)) }
}

extension Int64: ValueConvertible {
    public var databaseValue: Value { .int(self) }
}

extension Float: ValueConvertible {
    public var databaseValue: Value { .double(Double(self)) }
}

extension Double: ValueConvertible {
    public var databaseValue: Value { .double(self) }
}

extension String: ValueConvertible {
    public var databaseValue: Value { .text(self) }
}

extension JSON: ValueConvertible {
    public var databaseValue: Value { .json(self) }
}

extension UUIDValue: ValueConvertible {
    public var databaseValue: Value { .uuid(self) }
}

extension Timestamp: ValueConvertible {
    public var databaseValue: Value { .timestamp(self) }
}

extension CalendarDate: ValueConvertible {
    public var databaseValue: Value { .date(self) }
}

extension HalfVector: ValueConvertible {
    public var databaseValue: Value { .halfvec(self) }
}

extension BitVector: ValueConvertible {
    public var databaseValue: Value { .bits(self) }
}

/// `nil` is NULL.
extension Optional: ValueConvertible where Wrapped: ValueConvertible {
    public var databaseValue: Value { self?.databaseValue ?? .null }
}

/// `[Float]` is a vector, `[UInt8]` a `bytea`, any other array an SQL array.
extension Array: ValueConvertible where Element: ValueConvertible {
    public var databaseValue: Value {
        // SAFETY: the types are the same; a cast would look at every element.
        if Element.self == Float.self { return .vector(unsafeBitCast(self, to: [Float].self)) }
        if Element.self == UInt8.self { return .bytes(unsafeBitCast(self, to: [UInt8].self)) }
        return .array(map(\.databaseValue))
    }
}

/// Only so that `[UInt8]` can be bound as `bytea`; alone it is an integer.
extension UInt8: ValueConvertible {
    public var databaseValue: Value { .int(Int64(self)) }
}
