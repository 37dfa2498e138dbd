/// Writes trees as canonical text: keywords in capitals, one space between words, parentheses only
/// where the tree needs them, names quoted only where they must be.
///
/// What it writes of a parsed tree parses to an equal tree.
struct Printer {
    private(set) var text = ""

    mutating func write(_ piece: String) { text += piece }

    /// Writes the elements with `separator` between them.
    mutating func list<Element>(
        _ elements: some Sequence<Element>, separator: String = ", ",
        _ print: (inout Printer, Element) -> Void
    ) {
        var isFirst = true
        for element in elements {
            if !isFirst { write(separator) }
            print(&self, element)
            isFirst = false
        }
    }

    /// Writes what `print` writes, in parentheses.
    mutating func parenthesized(_ print: (inout Printer) -> Void) {
        write("(")
        print(&self)
        write(")")
    }
}

extension Statement {
    /// The statement as canonical text, without a semicolon.
    package var sql: String {
        var printer = Printer()
        printer.print(self)
        return printer.text
    }
}

extension SelectStatement {
    /// The query as canonical text.
    package var sql: String {
        var printer = Printer()
        printer.print(self)
        return printer.text
    }
}

extension Expression {
    /// The expression as canonical text, without parentheses around it.
    package var sql: String {
        var printer = Printer()
        printer.print(self)
        return printer.text
    }
}

extension TypeName {
    /// The type as canonical text.
    package var sql: String {
        var printer = Printer()
        printer.print(self)
        return printer.text
    }
}

extension ObjectName {
    /// The name as canonical text, quoted where it must be.
    package var sql: String {
        var printer = Printer()
        printer.print(self)
        return printer.text
    }
}

extension Identifier {
    /// The name as canonical text, quoted where it must be.
    package var sql: String { Printer.quoted(text) }
}

extension Literal {
    /// The literal as canonical text.
    package var sql: String { Printer.text(of: self) }

    /// `text` as a string literal.
    package static func sqlString(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }
}
