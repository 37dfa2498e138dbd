extension String {
    /// Whether both have the same bytes. Swift's `==` asks less: that they look the same.
    package func hasBytes(of other: String) -> Bool {
        self == other && utf8.elementsEqual(other.utf8)
    }
}

/// A text that is known by its bytes.
package struct TextBytes: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: TextBytes, right: TextBytes) -> Bool {
        left.text.hasBytes(of: right.text)
    }
}
