/// The words that the grammar gives a meaning. Their raw values are in lower case.
///
/// `grammar/keywords.txt` lists the same words, and a test compares the two.
package enum Keyword: String, Sendable, Hashable, CaseIterable {
    // Reserved: a name of this spelling must be quoted.
    case all, and, any, array, `as`, asc, between, `case`, cast, check, collate, column,
        constraint, create, cross, currentDate = "current_date",
        currentTimestamp = "current_timestamp", `default`, desc, distinct, `else`, end, except,
        exists, `false`, fetch, `for`, foreign, from, full, group, having, ilike, `in`, inner,
        intersect, into, `is`, join, lateral, left, like, limit, natural, not, null, offset, on,
        or, order, primary, references, returning, right, select, set, some, table, then, to,
        `true`, union, unique, using, when, `where`, window, with
    // The others are names wherever a name may stand.
    case abort, add, alter, always, analyze, begin, bit, by, character, collection, collections,
        commit, concurrently, conflict, copy, costs, database, delete, describe, `do`, double,
        drop, escape, explain, `extension`, filter, first, format, generated, identity, `if`,
        include, index, indexes, insert, key, last, local, materialized, next, nothing, nulls, of,
        off, only, outer, over, pragma, precision, queries, read, recall, reindex, release,
        rename, reset, rollback, row, rows, savepoint, session, sessions, settings, show,
        snapshot, snapshots, start, statistics, stdin, stdout, summary, tables, temp, temporary,
        time,
        timestamp, transaction, truncate, txn, unknown, unlogged, update, upsert, values, varying,
        why, without,
        work, write, zone
}

extension Keyword {
    /// Whether a name of this spelling must be quoted. Right after a dot no name needs quotes.
    package var isReserved: Bool { Self.reserved.contains(self) }

    /// In capitals, as messages and canonical text write it.
    package var text: String { rawValue.uppercased() }

    private static let reserved: Set<Keyword> = [
        .all, .and, .any, .array, .as, .asc, .between, .case, .cast, .check, .collate, .column,
        .constraint, .create, .cross, .currentDate, .currentTimestamp, .default, .desc, .distinct,
        .else, .end, .except, .exists, .false, .fetch, .for, .foreign, .from, .full, .group,
        .having, .ilike, .in, .inner, .intersect, .into, .is, .join, .lateral, .left, .like,
        .limit, .natural, .not, .null, .offset, .on, .or, .order, .primary, .references,
        .returning, .right, .select, .set, .some, .table, .then, .to, .true, .union, .unique,
        .using, .when, .where, .window, .with,
    ]

    /// The keyword that a word in lower case is, if it is one.
    static let byName = Dictionary(
        uniqueKeysWithValues: Keyword.allCases.map { ($0.rawValue, $0) })

    /// Bytes of the longest keyword: no longer word needs looking up.
    static let longestBytes = Keyword.allCases.reduce(0) { max($0, $1.rawValue.utf8.count) }
}
