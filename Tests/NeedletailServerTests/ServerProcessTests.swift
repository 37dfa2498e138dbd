import Foundation
import NeedletailCore
import NeedletailServer
import NeedletailWire
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Server as a process", .serialized)
struct ServerProcessTests {
    @Test("--print-config has every setting with its unit and source, and --help every flag")
    func printConfig() throws {
        let printed = try ServerProcess.output(
            ["serve", "--print-config", "--grace-time", "3s", "--read-only"],
            environment: ["NEEDLETAIL_LOG_LEVEL": "debug"])
        #expect(printed.status == 0, "\(printed.errors)")
        let lines = printed.output.split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(lines.compactMap(\.first) == ServerSetting.all.map(\.name))
        #expect(lines.contains(["grace_time", "3000", "ms", "flag", "--grace-time"]))
        #expect(lines.contains { $0.starts(with: ["read_only", "on"]) && $0.contains("flag") })
        #expect(
            lines.contains {
                $0.starts(with: ["log_level", "debug"])
                    && $0.suffix(2) == ["environment", "NEEDLETAIL_LOG_LEVEL"]
            })
        let help = try ServerProcess.output(["serve", "--help"]).output
        for setting in ServerSetting.all { #expect(help.contains(setting.flag), "\(setting.flag)") }
    }

    @Test("every setting is a flag that is heard")
    func flags() throws {
        for entry in try ServerSettings().entries where entry.setting.name != "read_only" {
            let setting = entry.setting
            let printed = try ServerProcess.output(
                ["serve", "--print-config", setting.flag, entry.text])
            #expect(printed.output.contains("flag \(setting.flag)"), "\(printed.errors)")
        }
    }

    @Test("what cannot start says why and ends with 1")
    func cannotStart() throws {
        let folder = TemporaryFolder()
        let bad = try ServerProcess.output(["serve", folder.path, "--connections-max", "none"])
        #expect(bad.status == 1)
        #expect(bad.errors.contains("22023") && bad.errors.contains("connections_max"))
        #expect(bad.errors.contains("HINT: Write a whole number"))
        let server = try ServerProcess(folder.path)
        let other = TemporaryFolder()
        let taken = try ServerProcess.output(["serve", other.path, "--listen", server.address])
        #expect(taken.status == 1 && taken.errors.contains("55006"))
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }

    @Test("the soft limit of open files is raised, and what the hard limit lacks is said")
    func openFiles() throws {
        let folder = TemporaryFolder()
        let raised = try ServerProcess(folder.path, preparation: "ulimit -Sn 64")
        #expect(!raised.firstWords.contains("warning"), "\(raised.firstWords)")
        let clients = try (0..<200).map { _ in try raised.connect() }
        for client in clients {
            client.send("{\"id\":1,\"q\":\"SELECT 1\"}\n")
            #expect(client.receiveLines(1).first?.contains("done") == true)
        }
        raised.signal(SIGTERM)
        #expect(raised.wait() == 0)
        let low = try ServerProcess(folder.path, preparation: "ulimit -n 400")
        #expect(low.firstWords.contains("connections_max is 1000"), "\(low.firstWords)")
        #expect(low.firstWords.contains("400 files, enough for about 144 connections"))
        low.signal(SIGTERM)
        #expect(low.wait() == 0)
    }

    @Test("SIGTERM and SIGINT stop it in good order", arguments: [SIGTERM, SIGINT])
    func signals(number: Int32) throws {
        let folder = TemporaryFolder()
        let server = try ServerProcess(folder.path)
        let client = try server.connect()
        // Runs for a while, and is let end; what is sent after the signal is refused.
        client.send("{\"id\":1,\"q\":\"SELECT count(*) FROM generate_series(1, 3000000)\"}\n")
        client.send("{\"id\":2,\"q\":\"SELECT 2\"}\n")
        usleep(50_000)
        server.signal(number)
        usleep(50_000)
        client.send("{\"id\":3,\"q\":\"SELECT 3\"}\n")
        let lines = text(client.receiveToEnd()).split(separator: "\n")
        #expect(lines.first?.contains("[[3000000]]") == true, "\(lines)")
        for line in lines.dropFirst() where !line.contains("\"done\"") {
            #expect(line.contains("\"code\":\"57P03\"") && line.contains("hint"), "\(line)")
        }
        #expect(server.wait() == 0)
    }

    @Test("a second signal ends the grace time, and what runs is cancelled with 57P01")
    func secondSignal() throws {
        let folder = TemporaryFolder()
        let server = try ServerProcess(folder.path, ["--grace-time", "10min"])
        let client = try server.connect()
        client.send("{\"id\":1,\"q\":\"SELECT count(*) FROM generate_series(1, 2000000000)\"}\n")
        usleep(200_000)
        server.signal(SIGTERM)
        usleep(300_000)
        #expect(server.process.isRunning)
        server.signal(SIGTERM)
        #expect(text(client.receiveToEnd()).contains("\"code\":\"57P01\""))
        #expect(server.wait() == 0)
    }

    @Test("the grace time ends by itself, too")
    func graceTime() throws {
        let folder = TemporaryFolder()
        let server = try ServerProcess(folder.path, ["--grace-time", "100ms"])
        let client = try server.connect()
        client.send("{\"id\":1,\"q\":\"SELECT count(*) FROM generate_series(1, 2000000000)\"}\n")
        usleep(200_000)
        server.signal(SIGTERM)
        #expect(text(client.receiveToEnd()).contains("\"code\":\"57P01\""))
        #expect(server.wait() == 0)
    }

    @Test("restarted at the same socket under load, clients lose a connection and nothing else")
    func restart() throws {
        let folder = TemporaryFolder()
        let listen = "unix:\(TestServer.socketPath())"
        var server = try ServerProcess(folder.path, listen: listen)
        let first = try server.connect()
        first.send("CREATE TABLE t (id TEXT PRIMARY KEY);\n")
        #expect(first.receiveLines(1).first?.hasPrefix("OK CREATE TABLE") == true)
        let endpoint = try Endpoint(listen)
        let clients = (0..<8).map { number in
            inBackground { Self.insert(250, by: number, at: endpoint) }
        }
        for _ in 0..<3 {
            usleep(150_000)
            server.signal(SIGTERM)
            #expect(server.wait() == 0)
            server = try ServerProcess(folder.path, listen: listen)
        }
        var lost = 0
        var refused = 0
        for client in clients {
            let outcome = client.wait()
            #expect(outcome.unexpected.isEmpty, "\(outcome.unexpected)")
            lost += outcome.lost
            refused += outcome.refused
        }
        let last = try server.connect()
        last.send("{\"id\":1,\"q\":\"SELECT count(*) FROM t\"}\n{\"id\":2,\"q\":\"CHECK\"}\n")
        let lines = last.receiveLines(2)
        #expect(lines.first?.contains("[[2000]]") == true, "\(lines)")
        #expect(lines.last?.contains("\"rows\":[]") == true, "\(lines)")
        print("restarted 3 times under 8 clients: \(lost) connections lost, \(refused) refusals")
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }

    struct Outcome: Sendable {
        var lost = 0
        var refused = 0
        var unexpected: [String] = []
    }

    /// Inserts `count` rows, each until it is acknowledged or known to be there.
    private static func insert(_ count: Int, by number: Int, at endpoint: Endpoint) -> Outcome {
        var outcome = Outcome()
        var client: RawClient?
        var row = 0
        while row < count {
            guard let open = client ?? RawClient(ifListening: endpoint) else {
                usleep(2_000)
                continue
            }
            client = open
            open.send("{\"id\":1,\"q\":\"INSERT INTO t VALUES ('\(number)-\(row)')\"}\n")
            let line = open.receiveLines(1).first
            if line?.contains("\"done\"") == true || line?.contains("23505") == true {
                row += 1
            } else if let line, line.contains("57P03") || line.contains("57P01") {
                outcome.refused += 1
                client = nil
            } else if let line {
                outcome.unexpected.append(line)
                row += 1
            } else {
                outcome.lost += 1
                client = nil
            }
        }
        return outcome
    }
}
