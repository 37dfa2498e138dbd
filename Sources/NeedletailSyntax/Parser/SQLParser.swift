package import NeedletailCore

/// Reads statements: text in, tree out.
///
/// The parser is a recursive descent over the grammar in `grammar/statements`; every function names
/// the production it follows. Its depth, and the height of every tree it returns, is bounded by
/// ``Limits/nestingDepthMax``.
///
/// All functions throw 42601 with a position where the text does not follow the grammar, 0A000 for
/// PostgreSQL statements that are known but not supported, 54000 and 54001 where the text is too
/// long or nested too deeply, and 42P02 where `$1` and named parameters are mixed.
package enum SQLParser {
    /// Reads exactly one statement; a semicolon may follow it.
    package static func parse(statement text: String) throws(DatabaseError) -> Statement {
        try parse(statement: SourceText(text))
    }

    /// Reads exactly one statement; a semicolon may follow it.
    package static func parse(statement source: SourceText) throws(DatabaseError) -> Statement {
        do throws(SyntaxFailure) {
            var parser = Parser(source)
            return try parser.onlyStatement()
        } catch {
            throw error.error
        }
    }

    /// Reads statements separated by semicolons. Empty ones are left out.
    package static func parse(script text: String) throws(DatabaseError) -> [Statement] {
        let source = try SourceText(text)
        do throws(SyntaxFailure) {
            var parser = Parser(source)
            return try parser.script()
        } catch {
            throw error.error
        }
    }

    /// Reads one expression, such as a default or the condition of a check.
    package static func parseExpression(_ text: String) throws(DatabaseError) -> Expression {
        let source = try SourceText(text)
        do throws(SyntaxFailure) {
            var parser = Parser(source)
            let expression = try parser.expression()
            try parser.expectEnd()
            return expression
        } catch {
            throw error.error
        }
    }
}
