package import NeedletailCore

/// Dates and moments in ISO 8601, with PostgreSQL's ` BC` for years before 1.
package enum DateTimeText {
    /// Reads `2026-01-01 09:30:00.25+02`, also with `T`, without seconds, without a time, and with
    /// `Z`, `+02:00`, `+0200` or no zone at all, which means UTC. Digits past microseconds round.
    ///
    /// Errors: 22007 where it is no date, 22008 where there is no such day, hour or zone, or the
    /// calendar ends before it.
    package static func parseTimestamp(_ text: String) throws(DatabaseError) -> Timestamp {
        try parseTimestamp(Array(text.utf8)[...])
    }

    /// Reads `2026-01-01`. Errors: as for a moment.
    package static func parseDate(_ text: String) throws(DatabaseError) -> CalendarDate {
        try parseDate(Array(text.utf8)[...])
    }

    static func parseDate(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> CalendarDate {
        var reader = DateTimeReader(text, type: "date")
        let date = try reader.date()
        try reader.finish()
        return date.isBC ? try reader.beforeChrist(date) : try reader.day(date)
    }

    static func parseTimestamp(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> Timestamp {
        var reader = DateTimeReader(text, type: "timestamptz")
        var date = try reader.date()
        var microseconds: Int64 = 0
        if !date.isBC, try reader.takeTimeSeparator() {
            microseconds = try reader.time()
            microseconds -= try reader.zone() * 1_000_000
            date.isBC = reader.takeBC()
        }
        try reader.finish()
        let day = date.isBC ? try reader.beforeChrist(date) : try reader.day(date)
        let (start, overflow) = Int64(day.days).multipliedReportingOverflow(by: microsecondsPerDay)
        let (sum, overflowsAgain) = start.addingReportingOverflow(microseconds)
        guard !overflow, !overflowsAgain else { throw reader.outOfRange() }
        return Timestamp(microseconds: sum)
    }

    static let microsecondsPerDay: Int64 = 86_400_000_000
}
