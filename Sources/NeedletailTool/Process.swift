import NeedletailShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Ends the process.
func exitProcess(_ status: Int32) -> Never { exit(status) }

/// Prints a line to standard error.
func printToErrors(_ line: String) {
    let output = FileOutput(descriptor: STDERR_FILENO)
    output.write(line + "\n")
    output.flush()
}

/// Prints a line to standard output and sends it on.
func printAtOnce(_ line: String) {
    let output = FileOutput(descriptor: STDOUT_FILENO)
    output.write(line + "\n")
    output.flush()
}
