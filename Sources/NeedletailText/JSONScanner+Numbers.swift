package import NeedletailCore

extension JSONScanner {
    /// The next number: an integer if it is written as one and fits 64 bits, else a double.
    package mutating func readNumber() throws(DatabaseError) -> JSON {
        skipSpace()
        let first = position
        let number = try scanNumber()
        if let integer = number.int64 { return .int(integer) }
        return .double(try double(number, from: first))
    }

    package mutating func readDouble() throws(DatabaseError) -> Double {
        skipSpace()
        let first = position
        return try double(try scanNumber(), from: first)
    }

    /// Appends the numbers of the next array, each rounded once to 32 bits.
    ///
    /// Errors: 54000 beyond `limit` components, 22003 where one is out of range of a float, 22P02
    /// where an element is something else than a number.
    package mutating func readNumberArray(
        into out: inout [Float], limit: Int = Limits.dimensionMax
    ) throws(DatabaseError) {
        try enterArray()
        var count = 0
        while try nextElement() {
            let first = position
            let kind = try peekKind()
            guard kind == .number else {
                throw DatabaseError(
                    .invalidText, "component \(count + 1) of a vector is not a number",
                    hint: "A vector is an array of numbers without nulls.", position: place(first))
            }
            guard count < limit else {
                throw DatabaseError.tooManyDimensions("vector").at(place(first))
            }
            let number = try scanNumber()
            let value = number.float(bytes, from: first)
            guard value.isFinite else {
                throw DatabaseError.outOfRange(bytes[first..<position], for: "vector")
                    .at(place(first))
            }
            out.append(value)
            count += 1
        }
    }

    mutating func scanNumber() throws(DatabaseError) -> DecimalNumber {
        var failure = position
        let number = DecimalNumber.scan(
            bytes, from: position, end: end, grammar: .json, failure: &failure)
        guard let number else {
            position = failure
            throw unexpected("a digit")
        }
        position = number.end
        return number
    }

    private func double(_ number: DecimalNumber, from first: Int) throws(DatabaseError) -> Double {
        guard let value = number.double(bytes, from: first) else {
            throw DatabaseError.outOfRange(bytes[first..<number.end], for: "a JSON number here")
                .at(place(first))
        }
        return value
    }
}
