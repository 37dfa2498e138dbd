/// One key press, or one paste, as the editor understands it.
package enum Key: Sendable, Hashable {
    /// Printable text as typed: one scalar, or several where they arrived as one.
    case text(String)
    /// Control with a lower-case letter or sign.
    case control(Character)
    /// Escape or Alt with a letter.
    case meta(Character)
    case enter, tab, backTab, backspace, delete, escape
    case up, down, left, right, wordLeft, wordRight, home, end
    /// Text between the marks of a bracketed paste; line ends are `\n`.
    case paste(String)
}
