import NeedletailPlanner

/// PostgreSQL's command tags.
enum CommandTag {
    static func tag(of kind: BoundKind, count: Int) -> String {
        switch kind {
        case .query: "SELECT \(count)"
        case .insert(let insert): insert.isUpsert ? "UPSERT \(count)" : "INSERT 0 \(count)"
        case .update: "UPDATE \(count)"
        case .delete: "DELETE \(count)"
        case .truncate: "TRUNCATE TABLE"
        case .createTable: "CREATE TABLE"
        case .dropTable: "DROP TABLE"
        case .createIndex: "CREATE INDEX"
        case .dropIndex: "DROP INDEX"
        case .reindex: "REINDEX"
        case .analyze: "ANALYZE"
        case .copyFrom, .copyTo: "COPY \(count)"
        case .begin: "BEGIN"
        case .commit: "COMMIT"
        case .rollback, .rollbackToSavepoint: "ROLLBACK"
        case .savepoint: "SAVEPOINT"
        case .releaseSavepoint: "RELEASE"
        case .explain: "EXPLAIN"
        case .recall: "RECALL"
        case .why: "WHY"
        case .showTables, .showIndexes, .showStatistics, .showSessions, .showSettings,
            .showSetting, .showCreate:
            "SHOW"
        case .describeTable, .describeQuery: "DESCRIBE"
        case .set: "SET"
        case .reset: "RESET"
        case .check: "CHECK"
        case .nothing(let tag): tag
        }
    }
}
