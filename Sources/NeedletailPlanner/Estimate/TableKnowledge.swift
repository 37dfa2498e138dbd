package import NeedletailCore

/// What is known of a table's rows when a statement is planned: `nil` where nothing was gathered.
package typealias TableKnowledge = @Sendable (TableDefinition) -> RelationStatistics?
