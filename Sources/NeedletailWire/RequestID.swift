/// The name a client gives a request, and gets back on every line of the reply.
///
/// `1` and `"1"` are different names.
package enum RequestID: Sendable, Hashable {
    case int(Int64)
    case string(String)

    /// Bytes of a name that is a string.
    package static let bytesMax = 256
}

extension RequestID: CustomStringConvertible {
    /// As JSON writes it, near enough for a message.
    package var description: String {
        switch self {
        case .int(let number): String(number)
        case .string(let text): "\"\(text)\""
        }
    }
}
