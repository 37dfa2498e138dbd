/// `INSERT INTO`.
package struct InsertStatement: Sendable, Hashable {
    package let table: ObjectName
    /// Empty where the statement names none: all columns in their order.
    package let columns: [Identifier]
    package let source: Source
    package let conflict: ConflictClause?
    /// Empty without `RETURNING`.
    package let returning: [SelectItem]

    package init(
        table: ObjectName, columns: [Identifier] = [], source: Source,
        conflict: ConflictClause? = nil, returning: [SelectItem] = []
    ) {
        self.table = table
        self.columns = columns
        self.source = source
        self.conflict = conflict
        self.returning = returning
    }

    package enum Source: Sendable, Hashable {
        /// `VALUES …` or `SELECT …`.
        case query(SelectStatement)
        case defaultValues
    }
}

/// `ON CONFLICT (target) DO …`.
package struct ConflictClause: Sendable, Hashable {
    /// Empty where the statement names none.
    package let target: [Identifier]
    package let action: Action
    package let location: Location

    package init(target: [Identifier] = [], action: Action, location: Location = .none) {
        self.target = target
        self.action = action
        self.location = location
    }

    package enum Action: Sendable, Hashable {
        case nothing
        case update([Assignment], filter: Expression?)
    }
}

/// `UPSERT INTO`: insert, or change the named columns of the row that has the key.
package struct UpsertStatement: Sendable, Hashable {
    package let table: ObjectName
    package let columns: [Identifier]
    package let source: SelectStatement
    package let returning: [SelectItem]

    package init(
        table: ObjectName, columns: [Identifier] = [], source: SelectStatement,
        returning: [SelectItem] = []
    ) {
        self.table = table
        self.columns = columns
        self.source = source
        self.returning = returning
    }
}

/// `UPDATE … SET …`.
package struct UpdateStatement: Sendable, Hashable {
    package let table: ObjectName
    package let alias: Identifier?
    package let assignments: [Assignment]
    package let filter: Expression?
    package let returning: [SelectItem]

    package init(
        table: ObjectName, alias: Identifier? = nil, assignments: [Assignment],
        filter: Expression? = nil, returning: [SelectItem] = []
    ) {
        self.table = table
        self.alias = alias
        self.assignments = assignments
        self.filter = filter
        self.returning = returning
    }
}

/// `column = value`, or a place inside a JSON column: `meta.tag = 'old'`, `meta['a.b'] = 1`.
package struct Assignment: Sendable, Hashable {
    package let column: Identifier
    /// Empty for the column itself.
    package let path: [Step]
    /// ``Expression/Kind/defaultValue`` for `DEFAULT`.
    package let value: Expression
    package let location: Location

    package init(
        _ column: Identifier, path: [Step] = [], value: Expression, location: Location = .none
    ) {
        self.column = column
        self.path = path
        self.value = value
        self.location = location
    }

    package enum Step: Sendable, Hashable {
        /// `.name`; the key is its spelling.
        case member(Identifier)
        /// `[expression]`.
        case element(Expression)
    }
}

/// `DELETE FROM`.
package struct DeleteStatement: Sendable, Hashable {
    package let table: ObjectName
    package let alias: Identifier?
    package let filter: Expression?
    package let returning: [SelectItem]

    package init(
        table: ObjectName, alias: Identifier? = nil, filter: Expression? = nil,
        returning: [SelectItem] = []
    ) {
        self.table = table
        self.alias = alias
        self.filter = filter
        self.returning = returning
    }
}

/// `COPY … FROM` and `COPY … TO`.
package struct CopyStatement: Sendable, Hashable {
    package let subject: Subject
    package let direction: Direction
    package let target: Target
    package let options: OptionList

    package init(
        _ subject: Subject, _ direction: Direction, _ target: Target, options: OptionList = []
    ) {
        self.subject = subject
        self.direction = direction
        self.target = target
        self.options = options
    }

    package enum Subject: Sendable, Hashable {
        /// Without columns: all of them in their order.
        case table(ObjectName, columns: [Identifier])
        /// Only with ``Direction/to``.
        case query(SelectStatement)
    }

    package enum Direction: String, Sendable, Hashable, CaseIterable {
        case from = "FROM"
        case to = "TO"
    }

    package enum Target: Sendable, Hashable {
        case file(String, Location)
        case stdin
        case stdout
    }
}
