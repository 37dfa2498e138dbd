package import NeedletailCore

/// One setting of `needletail serve`: its name, what it takes, what it does, and where it goes.
///
/// The same name serves in the file (`connections_max`), in the environment
/// (`NEEDLETAIL_CONNECTIONS_MAX`) and as a flag (`--connections-max`).
package struct ServerSetting: Sendable {
    package enum Kind: Sendable, Hashable {
        /// One or more addresses, with commas between.
        case addresses
        case toggle
        case count(ClosedRange<Int>)
        /// `B`, `kB`, `MB` or `GB` may follow, in powers of 1,024. Where it may be `none`, that is
        /// said.
        case bytes(ClosedRange<Int>, mayBeNone: Bool = false)
        /// Milliseconds; `ms`, `s`, `min` or `h` may follow. Where it may be `never`, that is said.
        case duration(ClosedRange<Int>, mayBeNever: Bool)
        case choice([String])
    }

    /// A text that was found to be what the kind takes.
    package enum Content: Sendable, Hashable {
        case list([String])
        case toggled(Bool)
        case amount(Int)
        case never
        /// No bytes are named.
        case none
        case chosen(String)

        var number: Int { if case .amount(let number) = self { number } else { 0 } }
        var bytes: Int? { if case .amount(let number) = self { number } else { nil } }
        var milliseconds: Int64? {
            if case .amount(let number) = self { Int64(number) } else { nil }
        }
        var isOn: Bool { self == .toggled(true) }
        var texts: [String] { if case .list(let texts) = self { texts } else { [] } }
        var word: String { if case .chosen(let word) = self { word } else { "" } }
    }

    package let name: String
    package let kind: Kind
    /// What is counted, such as `connections`; of bytes and times nothing need be said.
    private let counted: String
    /// What it does, as a sentence.
    package let summary: String
    let read: @Sendable (ServerConfiguration) -> Content
    let write: @Sendable (inout ServerConfiguration, Content) throws(DatabaseError) -> Void

    init(
        _ name: String, _ kind: Kind, of counted: String = "", _ summary: String,
        read: @escaping @Sendable (ServerConfiguration) -> Content,
        write:
            @escaping @Sendable (inout ServerConfiguration, Content) throws(DatabaseError) ->
            Void
    ) {
        self.name = name
        self.kind = kind
        self.counted = counted
        self.summary = summary
        self.read = read
        self.write = write
    }
}

extension ServerSetting {
    package var flag: String { "--" + name.replacing("_", with: "-") }
    package var variable: String { "NEEDLETAIL_" + name.uppercased() }

    /// What its numbers count.
    package var unit: String {
        switch kind {
        case .addresses: "addresses"
        case .toggle: "on or off"
        case .count: counted
        case .bytes: "bytes"
        case .duration: "ms"
        case .choice(let words): words.joined(separator: ", ")
        }
    }

    /// The value that `configuration` has, in the unit.
    package func text(of configuration: ServerConfiguration) -> String {
        switch read(configuration) {
        case .list(let texts): texts.joined(separator: ",")
        case .toggled(let isOn): isOn ? "on" : "off"
        case .amount(let number): String(number)
        case .never: "never"
        case .none: "none"
        case .chosen(let word): word
        }
    }

    /// What `text` means.
    ///
    /// - Throws: 22023 with the setting's name and what it takes.
    package func content(_ text: String) throws(DatabaseError) -> Content {
        switch kind {
        case .addresses:
            let texts = text.split(separator: ",").map { String($0.trimming) }
            guard !texts.isEmpty else { throw wrong(text) }
            return .list(texts)
        case .toggle:
            switch text.lowercased() {
            case "on", "true", "yes", "1": return .toggled(true)
            case "off", "false", "no", "0": return .toggled(false)
            default: throw wrong(text)
            }
        case .count(let range): return .amount(try Self.number(text, [:], in: range, of: self))
        case .bytes(let range, let mayBeNone):
            if mayBeNone, text.lowercased() == "none" { return .none }
            return .amount(try Self.number(text, Quantity.byteUnits, in: range, of: self))
        case .duration(let range, let mayBeNever):
            if mayBeNever, text.lowercased() == "never" { return .never }
            return .amount(try Self.number(text, Quantity.millisecondUnits, in: range, of: self))
        case .choice(let words):
            guard words.contains(text.lowercased()) else { throw wrong(text) }
            return .chosen(text.lowercased())
        }
    }

    /// What it takes, as a sentence that begins with a verb.
    package var remedy: String {
        switch kind {
        case .addresses: "Write addresses such as 127.0.0.1:7117 or unix:PATH, with commas between."
        case .toggle: "Write on or off."
        case .count(let range):
            "Write a whole number from \(range.lowerBound) to \(range.upperBound)."
        case .bytes(let range, let mayBeNone):
            "Write \(range.lowerBound) to \(range.upperBound) bytes, "
                + "such as \(range.lowerBound), 16MB or 1GB"
                + (mayBeNone ? ", or none." : ".")
        case .duration(let range, let mayBeNever):
            "Write \(range.lowerBound) to \(range.upperBound) milliseconds, "
                + "such as 500, 10s or 2min"
                + (mayBeNever ? ", or never." : ".")
        case .choice(let words): "Write one of: \(words.joined(separator: ", "))."
        }
    }

    private func wrong(_ text: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "\"\(text)\" is no value for the setting \(name)", hint: remedy)
    }

    private static func number(
        _ text: String, _ units: [String: Int], in range: ClosedRange<Int>, of setting: Self
    ) throws(DatabaseError) -> Int {
        guard let number = Quantity.amount(text, units), range.contains(number) else {
            throw setting.wrong(text)
        }
        return number
    }
}

extension Substring {
    /// Without blanks at both ends.
    fileprivate var trimming: Substring {
        let blank: (Character) -> Bool = { $0.isWhitespace }
        var rest = drop(while: blank)
        while let last = rest.last, blank(last) { rest = rest.dropLast() }
        return rest
    }
}
