/// How a prompt was asked to run.
package struct ShellOptions: Sendable {
    /// Something to run instead of reading from the prompt, in the order given.
    package enum Action: Sendable, Hashable {
        /// Statements or one command (`-c`).
        case command(String)
        /// A script (`-f`); `-` is standard input.
        case file(String)
    }

    package var actions: [Action] = []
    /// `nil`: a box on a terminal, else tab-separated values.
    package var mode: OutputMode?
    /// Values to bind, as `name=value`.
    package var variables: [String] = []
    /// All actions in one transaction.
    package var isSingleTransaction = false
    /// Print every statement before its result.
    package var echoesAll = false
    /// No greeting and no command tags.
    package var isQuiet = false
    package var showsHeader = true
    /// Whether the session is at the other end of a connection, so that files are opened here.
    package var isRemote = false
    /// What the greeting calls the program: name and version.
    package var greeting = "needletail"

    package init() {}
}

/// How the process ends, in the manner of psql.
package enum ShellStatus: Int32, Sendable, Hashable {
    case success = 0
    /// The program's own failure, a bad argument, or a `-c` that failed.
    case failure = 1
    case connectionLost = 2
    /// A script that an error stopped.
    case scriptStopped = 3
}
