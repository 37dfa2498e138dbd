import Foundation
import NeedletailCore
import NeedletailStorage
import Synchronization
import Testing

@Suite struct WriterTests {
    @Test func theSecondWriterTimesOut() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let first = try store.beginWrite()
        #expect(code { _ = try store.beginWrite(timeoutMilliseconds: 20) } == .lockNotAvailable)
        #expect(code { _ = try store.beginWrite(timeoutMilliseconds: 0) } == .lockNotAvailable)
        #expect(code { _ = try store.beginIndexWrite(timeoutMilliseconds: 0) } == nil)
        first.rollback()
        #expect(code { _ = try store.beginWrite(timeoutMilliseconds: 0) } == nil)
    }

    @Test func writersOfManyThreadsTakeTurns() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            do {
                for _ in 0..<20 {
                    let transaction = try store.beginWrite(timeoutMilliseconds: 60_000)
                    let before = try transaction.view.counter(table: 1, column: 0) ?? 0
                    try transaction.writer.setCounter(table: 1, column: 0, to: before + 1)
                    try transaction.commit()
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(try store.beginRead().view.counter(table: 1, column: 0) == 160)
        #expect(try store.beginRead().view.commitSequence() == 161)
    }

    @Test func aPinnedTransactionMovesBetweenThreads() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let pinned = try store.beginPinnedWrite()
        let failures = Mutex<[String]>([])
        for byte in 0..<4 as Range<UInt8> {
            let thread = Thread {
                do {
                    try pinned.run { writer throws(DatabaseError) in
                        try writer.put(plainKey("\(byte)"), [byte])
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            thread.start()
            while !thread.isFinished { usleep(500) }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(
            code { _ = try store.beginPinnedWrite(timeoutMilliseconds: 5) } == .lockNotAvailable)
        #expect(try pinned.commit() == 2)
        #expect(try store.beginRead().view.bytes(plainKey("3")) == [3])
        #expect(code { try pinned.commit() } == .noActiveTransaction)
        do {
            let dropped = try store.beginPinnedWrite()
            try dropped.run { writer throws(DatabaseError) in
                try writer.put(plainKey("x"), [1])
            }
        }
        #expect(code { _ = try store.beginWrite(timeoutMilliseconds: 1_000) } == nil)
        #expect(try store.beginRead().view.bytes(plainKey("x")) == nil)
    }

    @Test func aFullMapIsReportedAndTheStoreGoesOn() throws {
        let scratch = Scratch()
        let store = try scratch.open(mapBytes: 4 << 20)
        let kept = try store.beginWrite()
        try kept.writer.put(plainKey("kept"), [1])
        try kept.commit()
        let value = [UInt8](repeating: 1, count: 100_000)
        let full = code {
            let transaction = try store.beginWrite()
            for number in 0..<100 { try transaction.writer.put(plainKey("\(number)"), value) }
            try transaction.commit()
        }
        #expect(full == .diskFull)
        #expect(try store.beginRead().view.bytes(plainKey("kept")) == [1])
        let small = try store.beginWrite()
        try small.writer.put(plainKey("small"), [2])
        try small.commit()
        #expect(try store.beginRead().view.bytes(plainKey("small")) == [2])
        #expect(try StorageCheck.run(store) == [])
    }

    @Test func aQuotaRefusesWritesAndAllowsDeletes() throws {
        let scratch = Scratch()
        let store = try scratch.open(quotaBytes: 1 << 20)
        let value = [UInt8](repeating: 1, count: 10_000)
        func fill() -> DatabaseError.Code? {
            code {
                for number in 0..<200 {
                    let transaction = try store.beginWrite()
                    try transaction.writer.put(plainKey("\(number)"), value)
                    try transaction.commit()
                }
            }
        }
        #expect(fill() == .diskFull)
        #expect(store.data.usedBytes <= 1 << 20)
        let transaction = try store.beginWrite()
        #expect(try transaction.writer.delete(prefix: StorageKey(.snapshot)) > 50)
        _ = try? transaction.commit()
        for _ in 0..<3 {
            let again = try store.beginWrite()
            try again.writer.put(plainKey("again"), value)
            try again.commit()
        }
        #expect(try store.beginRead().view.bytes(plainKey("again")) == value)
    }

    @Test func tooLongKeysAreRefused() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let key = plainKey(String(repeating: "k", count: 600))
        #expect(code { try transaction.writer.put(key, [1]) } == .programLimit)
    }

    @Test func aFailedDiskStopsWritersAndNotReaders() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        #expect(store.data.failedCommit(ENOSPC).code == .diskFull)
        #expect(store.data.writeFailure == nil)
        #expect(store.data.failedCommit(EIO).code == .inputOutput)
        #expect(store.data.writeFailure?.code == .inputOutput)
        #expect(code { _ = try store.beginWrite() } == .inputOutput)
        #expect(try store.beginRead().view.commitSequence() == 1)
        store.close()
        let again = try scratch.open()
        #expect(code { _ = try again.beginWrite() } == nil)
    }

    #if os(Linux)
        @Test func theLockOfAnotherProcessIsWaitedFor() throws {
            let scratch = Scratch()
            let store = try scratch.open()
            // A lock of another open file description stands in for that of another process.
            let other = open(scratch.path + "/data.lock", O_RDWR)
            defer { close(other) }
            var lock = flock(
                l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
            let setLock: Int32 = 37
            #expect(fcntl(other, setLock, &lock) == 0)
            let outcome = code { _ = try store.beginWrite(timeoutMilliseconds: 30) }
            #expect(outcome == .lockNotAvailable)
            lock.l_type = Int16(F_UNLCK)
            #expect(fcntl(other, setLock, &lock) == 0)
            #expect(code { _ = try store.beginWrite(timeoutMilliseconds: 1_000) } == nil)
        }
    #endif

    @Test func aJobOfTheWriterThreadMayStartAnother() throws {
        let thread = try WriterThread()
        let sum = try thread.run { () throws(DatabaseError) in
            try thread.run { () throws(DatabaseError) in 1 } + 1
        }
        #expect(sum == 2)
    }
}
