/// Which Needletail this is.
public enum Release {
    /// Semantic version of the package.
    public static let version = "0.1.0"
}
