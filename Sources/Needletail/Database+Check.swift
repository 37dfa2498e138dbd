import NeedletailStorage

extension Database {
    /// Checks the database in the directory at `path`: every page with plain reads, then every
    /// record, block, key and index entry through the database itself.
    ///
    /// Damage among the pages may end the process while the second part runs; where that must not
    /// happen, run this in a child process. Needs the directory to be open nowhere in this process.
    ///
    /// - Parameter finding: called for each fault, with one sentence.
    /// - Throws: 58P01 and 58P02 where there is no database to check.
    public static func check(
        at path: String, finding: (String) -> Void
    ) throws(DatabaseError) {
        let faults = try StorageCheck.checkPages(path: path)
        for fault in faults { finding(fault.message) }
        // Through damaged pages LMDB would lead astray.
        guard faults.isEmpty else { return }
        var options = DatabaseOptions()
        options.createIfMissing = false
        options.isReadOnly = true
        let database = try Database.open(path, options: options)
        defer { database.close() }
        for row in try database.query("CHECK") {
            finding(row.values.map(Self.text).joined(separator: ": "))
        }
    }

    private static func text(_ value: Value) -> String {
        if case .text(let text) = value { return text }
        return ""
    }
}
