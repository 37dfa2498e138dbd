import NeedletailCore

/// How a client uses its server.
public struct ClientOptions: Sendable, Hashable {
    /// Connections at most; whoever finds all of them in use waits.
    public var connectionsMax = Limits.clientConnectionsDefault
    /// Longest wait for a connection that is in use, in milliseconds; then 53400.
    public var waitMilliseconds = Limits.clientWaitMillisecondsDefault
    /// Longest wait for the server to take a connection, in milliseconds; then 08006.
    public var connectMilliseconds = Limits.connectMillisecondsDefault
    /// Seconds after which a connection that nobody used is replaced instead of used.
    public var idleSecondsMax = Limits.clientIdleSecondsDefault
    /// How often a single statement is repeated after a lost connection, a restart of the server or
    /// 40001, where it cannot be done twice so.
    public var retriesMax = Limits.clientRetriesDefault
    /// Milliseconds that each statement may take; the server ends it with 57014. `nil` for no limit
    /// but the server's.
    public var statementTimeoutMilliseconds: Int?

    public init() {}
}
