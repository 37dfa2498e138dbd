package import NeedletailCore

/// What the binder asks of the catalogue: one snapshot's definitions.
package protocol CatalogView {
    func table(named name: String) throws(DatabaseError) -> TableDefinition?
    func indexes(of table: TableDefinition) throws(DatabaseError) -> [IndexDefinition]
    func index(named name: String) throws(DatabaseError) -> IndexDefinition?
    /// All tables by name, for suggestions and `SHOW`.
    func tableNames() throws(DatabaseError) -> [String]
}
