import NeedletailCore

extension SessionStateMachine {
    /// Whether the next line may be interpreted.
    var canTakeLine: Bool {
        let copyBytes = running?.copyBytes ?? 0
        guard phase == .open, fatalFarewell == nil, !isOutboundFull,
            requestBytes < limits.requestBytes,
            copyBytes + queuedCopyBytes < limits.copyBacklogBytes,
            copyBytes < limits.readAheadBytes || !budget.isExceeded
        else { return false }
        if isPlainCopyOpen { return true }
        // A statement that waits for its data is let have the line that may bring it.
        let allowed = limits.requestsInFlight + (running?.isStarving == true ? 1 : 0)
        return requestsInFlight < allowed && !hasPlainStatement
    }

    /// Takes and acts upon one line. False where there is none, or none may be taken.
    mutating func takeLine() -> Bool {
        guard canTakeLine, !isInputFinished else { return false }
        if !isRecognised, !recogniseFirstBytes() { return false }
        switch framer.next() {
        case .line(let line): interpret(line)
        case .tooLong(let first):
            let error = DatabaseError(
                .limitExceeded, "a line is longer than \(limits.lineBytes) bytes",
                hint: "Send smaller batches, or use COPY … FROM STDIN.")
            endFatally(error, firstByte: first)
        case nil:
            guard hasInputEnded else {
                refuseGrowingLine()
                return false
            }
            if let rest = framer.finish() {
                interpret(rest)
            } else {
                finishInput()
            }
        }
        return true
    }

    private mutating func endFatally(_ error: DatabaseError, firstByte: UInt8?) {
        let isJSON = firstByte == UInt8(ascii: "{") && !isPlainCopyOpen && !boundary.isOpen
        fatalFarewell = isJSON ? ErrorLine.json(error, id: nil) : ErrorLine.plain(error)
        noteRefusal(error.code)
    }

    /// A line whose end has not come is read no further where the server's memory is used up: all
    /// would wait for each other otherwise.
    private mutating func refuseGrowingLine() {
        guard framer.heldBytes > limits.readAheadBytes else { return }
        settle()
        guard budget.isExceeded else { return }
        endFatally(budget.refusal(of: framer.heldBytes), firstByte: framer.firstByte)
        framer.discard()
    }

    /// 53200 where there is no room for `bytes` more, else `nil`.
    private mutating func refusal(of bytes: Int) -> DatabaseError? {
        settle()
        guard !budget.hasRoom(for: bytes) else { return nil }
        noteRefusal(.outOfMemory)
        return budget.refusal(of: bytes)
    }

    private var isPlainCopyOpen: Bool {
        guard let running, running.purpose == .request else { return false }
        return running.request.id == nil && running.copy == .open
    }

    /// False while too few bytes are there to tell.
    private mutating func recogniseFirstBytes() -> Bool {
        switch ForeignProtocol.recognise(framer.peek(ForeignProtocol.postgresRequestBytes)) {
        case .native: isRecognised = true
        case .undecided:
            guard hasInputEnded else { return false }
            isInputFinished = true
            return false
        case .foreign(.postgresEncryptionRequest):
            framer.drop(ForeignProtocol.postgresRequestBytes)
            write(ForeignProtocol.postgresEncryptionRequest.farewell)
            return recogniseFirstBytes()
        case .foreign(let stranger):
            fatalFarewell = stranger.farewell
            return false
        }
        return true
    }

    private mutating func finishInput() {
        isInputFinished = true
        openStatementBytes = 0
        if !isPlainCopyOpen, let sql = boundary.finish() { enqueue(StatementRequest(sql: sql)) }
    }

    private mutating func interpret(_ line: [UInt8]) {
        lastActivity = now
        if isPlainCopyOpen {
            if line.elementsEqual("\\.".utf8) {
                endRunningCopy()
            } else {
                handOver(line + [UInt8(ascii: "\n")])
            }
            return
        }
        if isSkippingCopy {
            if line.elementsEqual("\\.".utf8) { isSkippingCopy = false }
            return
        }
        guard !boundary.isOpen else { return interpret(sqlLine: line) }
        let first = line.first { $0 != 0x20 && $0 != 0x09 }
        if first == UInt8(ascii: "{") {
            interpret(jsonLine: line)
        } else if ForeignProtocol.isHTTP(line: line) {
            fatalFarewell = ForeignProtocol.http.farewell
        } else {
            interpret(sqlLine: line)
        }
    }

    private mutating func interpret(jsonLine line: [UInt8]) {
        let request: Request
        do {
            request = try RequestDecoder.decode(line)
        } catch {
            // An error that bears the id of a request in flight would be taken as its end.
            let id = error.id.flatMap { isInFlight($0) ? nil : $0 }
            enqueue(refusal: error.error, id: id)
            return
        }
        switch request {
        case .statement(let statement):
            guard let id = statement.id, !isInFlight(id) else {
                let id = statement.id.map { "\($0)" } ?? "null"
                let error = DatabaseError(
                    .duplicateObject, "a request with id \(id) is already in flight",
                    hint: "Give each request its own id until it is answered.")
                enqueue(refusal: error, id: nil)
                return
            }
            abandonedCopies.removeAll { $0 == id }
            if let error = refusal(of: statement.heldBytes) {
                enqueue(refusal: error, id: id)
                // Data that comes for it is dropped.
                abandonCopy(id)
                return
            }
            enqueue(statement)
        case .copyData(let id, let bytes, let isLast):
            guard !take(copyData: bytes, isLast: isLast, for: id) else { return }
            let error = DatabaseError(
                .invalidParameter, "request \(id) takes no data: it is not in flight, or has ended",
                hint: "Send COPY … FROM STDIN with this id first.")
            enqueue(refusal: error, id: isInFlight(id) ? nil : id)
        case .cancel(let target, let id):
            let count = cancel(target) ? 1 : 0
            guard let id else { return }
            acknowledge(id, "CANCEL \(count)")
        case .ping(let id): acknowledge(id, "PING")
        }
    }

    private mutating func acknowledge(_ id: RequestID, _ tag: String) {
        let reply = JSONReply(id: id)
        reply.finish(StatementSummary(tag: tag), transaction: .idle)
        enqueue(answer: reply.takeReady())
    }

    private mutating func interpret(sqlLine line: [UInt8]) {
        do throws(DatabaseError) {
            guard let text = String(validating: line, as: UTF8.self) else {
                throw DatabaseError(
                    .invalidEncoding, "the line is not valid UTF-8",
                    hint: "Set the terminal, or the file, to UTF-8.")
            }
            if let place = line.firstIndex(of: 0) {
                throw DatabaseError(
                    .invalidEncoding, "the line has a NUL byte at byte \(place)",
                    hint: "Remove it; bytes are written as '\\x00' of type bytea.")
            }
            if let error = refusal(of: line.count) { throw error }
            openStatementBytes += line.count
            let statements = try boundary.feed(text + "\n")
            if !boundary.isOpen { openStatementBytes = 0 }
            for sql in statements { enqueue(StatementRequest(sql: sql)) }
        } catch {
            openStatementBytes = 0
            _ = boundary.finish()
            enqueue(answer: ErrorLine.plain(error))
        }
    }
}
