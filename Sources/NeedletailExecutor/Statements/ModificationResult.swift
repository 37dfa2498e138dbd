import NeedletailCore

/// What `INSERT`, `UPDATE` or `DELETE` did.
struct ModificationResult {
    /// Rows inserted, changed or deleted.
    var count = 0
    /// Rows of `RETURNING`.
    var rows: [[Value]] = []
}
