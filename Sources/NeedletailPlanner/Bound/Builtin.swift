/// A function or operator whose argument types are settled.
///
/// Arithmetic on the three integer types is done in 64 bits and checked against the result type;
/// on `real` and `double precision` in 64 bits, rounded to the result type.
package enum Builtin: String, Sendable, Hashable, CaseIterable {
    // Arithmetic: two numbers of the result type.
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    /// Truncates for integers; 22012 by zero.
    case divide = "/"
    /// The sign follows the dividend.
    case modulo = "%"
    /// Doubles only.
    case power = "^"
    case negate
    case abs, ceil, floor, round, trunc, sqrt, exp, ln, log10, sign, pi, mod
    case greatest, least, coalesce, nullif
    /// A double in 0..<1, another for each row.
    case random

    // Text
    case concatText = "||"
    /// Any values, NULLs skipped.
    case concat
    case length, octetLength, lower, upper, trim, leftTrim, rightTrim
    /// Text, start (1-based), optional count.
    case substring
    case replace, position, startsWith, endsWith, repeatText, reverse, left, right, splitPart
    case leftPad, rightPad, initcap

    // Time
    /// The start of the transaction.
    case now
    case currentDate
    /// Field name, timestamp or date -> double.
    case extract
    /// Field name, timestamp -> timestamp.
    case dateTrunc
    /// Seconds since 1970 -> timestamp.
    case toTimestamp
    /// date + integer, date - integer, date - date (days).
    case dateAddDays, dateSubtractDays, dateDifference

    // JSON
    /// `->` with a text key or an integer index.
    case jsonGet = "->"
    case jsonGetText = "->>"
    /// `#>` and `#>>` with a text array.
    case jsonGetPath = "#>"
    case jsonGetPathText = "#>>"
    case jsonContains = "@>"
    case jsonContained = "<@"
    case jsonHasKey = "?"
    case jsonHasAnyKey = "?|"
    case jsonHasAllKeys = "?&"
    /// `jsonb || jsonb`.
    case jsonConcat
    /// `jsonb - text`, `jsonb - integer`.
    case jsonDelete
    /// jsonb, text array, new value -> jsonb; also what `SET meta.key = …` becomes.
    case jsonSet
    case jsonTypeof, jsonArrayLength, toJSON, jsonBuildObject, jsonBuildArray, jsonStripNulls

    // Arrays
    case arrayContains, arrayContained, arrayOverlaps, arrayConcat, arrayAppend, arrayLength
    case cardinality, arrayPosition, arrayToString, stringToArray

    // Vectors
    /// Element-wise; both of one type and dimension.
    case vectorAdd, vectorSubtract, vectorMultiply, vectorConcat
    case vectorDims, vectorNorm, l2Normalize, subvector, binaryQuantize
    /// Positive, unlike `<#>`.
    case innerProduct

    // Others
    case uuidRandom, version, pgTypeof, currentDatabase
}

/// A function over the rows of a group. NULL arguments are skipped.
package enum Aggregate: String, Sendable, Hashable, CaseIterable {
    /// `count(*)`: rows.
    case countRows
    case count, sum, avg, min, max
    case boolAnd, boolOr, stringAgg, arrayAgg
}
