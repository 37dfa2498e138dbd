import NeedletailCore
import NeedletailText

/// Errors as lines, in the two forms.
enum ErrorLine {
    /// `{"id":2,"err":{"code":…,"name":…,"msg":…,"hint":…,"pos":41,"end":46,"retry":false}}`.
    ///
    /// `pos` and `end` bound the offending part of the statement in UTF-8 bytes from 0. Without an
    /// `id` the error concerns a line that had none that could be read, or the connection.
    static func json(
        _ error: DatabaseError, id: RequestID?, transaction: TransactionState = .idle
    ) -> [UInt8] {
        var out = Array("{".utf8)
        if let id {
            out.append(contentsOf: "\"id\":".utf8)
            id.appendJSON(into: &out)
            out.append(UInt8(ascii: ","))
        }
        out.append(contentsOf: "\"err\":{\"code\":".utf8)
        JSONPrinter.append(error.code.rawValue, into: &out)
        out.append(contentsOf: ",\"name\":\"\(error.code.conditionName)\",\"msg\":".utf8)
        JSONPrinter.append(error.message, into: &out)
        if let hint = error.hint {
            out.append(contentsOf: ",\"hint\":".utf8)
            JSONPrinter.append(hint, into: &out)
        }
        if let position = error.position {
            out.append(contentsOf: ",\"pos\":\(position.lower),\"end\":\(position.upper)".utf8)
        }
        out.append(contentsOf: ",\"retry\":\(error.code.isRetryable)}".utf8)
        transaction.appendMember(into: &out)
        out.append(contentsOf: "}\n".utf8)
        return out
    }

    /// `ERR 42601 message (line:column). hint`, counting lines and characters from 1.
    static func plain(_ error: DatabaseError, statement: String? = nil) -> [UInt8] {
        var line = "ERR \(error.code.rawValue) \(escaped(error.message))"
        if let position = error.position, let statement {
            let (row, column) = place(of: position.lower, in: statement)
            line += " (\(row):\(column))"
        }
        return Array((sentence(line, hint: error.hint.map(escaped)) + "\n").utf8)
    }

    /// A message and what to do about it, as two sentences.
    static func sentence(_ message: String, hint: String?) -> String {
        message + (message.hasSuffix(".") ? "" : ".") + (hint.map { " \($0)" } ?? "")
    }

    private static func place(of offset: Int, in text: String) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        var seen = 0
        for scalar in text.unicodeScalars {
            guard seen < offset else { break }
            seen += UTF8.width(scalar)
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return (line, column)
    }
}
