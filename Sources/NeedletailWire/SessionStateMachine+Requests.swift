import NeedletailCore

extension SessionStateMachine {
    /// Something that waits for its turn.
    struct Entry: Sendable {
        enum Content: Sendable {
            case statement(StatementRequest)
            /// Lines that are already decided, such as the answer to a ping.
            case answer([UInt8])
            /// A request that was refused unread; the answer tells of the transaction around it.
            case refusal(DatabaseError, id: RequestID?)
        }
        var content: Content
        /// What it adds to the bytes of requests in flight.
        var bytes = 0
        var deadline: Int64?
        /// Data that arrived before the statement ran.
        var data: [[UInt8]] = []
        var hasDataEnded = false

        var request: StatementRequest? {
            if case .statement(let request) = content { request } else { nil }
        }
    }

    /// The statement that runs.
    struct Running: Sendable {
        enum Purpose: Sendable {
            case request
            /// The rollback of a transaction that sat idle; nobody is answered.
            case rollback
        }
        enum Copy: Sendable {
            /// Has not asked for data.
            case unopened
            case open
            case endedByClient
            case failed
        }
        var request: StatementRequest
        var bytes = 0
        var purpose = Purpose.request
        var deadline: Int64?
        /// Why it was told to stop, and when to tell it again: a cancellation that comes while a
        /// statement is only just starting may be lost.
        var cause: StopCause?
        var nextReminder: Int64?
        /// Has more to say once the client has taken what is there.
        var isPaused = false
        var copy = Copy.unopened
        /// Bytes of data handed over and not yet used.
        var copyBytes = 0

        /// Waits for data of which none has arrived.
        var isStarving: Bool { copy == .open && copyBytes == 0 }
    }

    /// Requests remembered in ``abandonedCopies``.
    private static let abandonedCopiesMax = 128
    private static let reminderMilliseconds: Int64 = 50

    /// Whether `id` waits or runs.
    func isInFlight(_ id: RequestID) -> Bool {
        if running?.purpose == .request, running?.request.id == id { return true }
        return queue.contains { $0.request?.id == id }
    }

    /// A plain statement waits or runs, so the next line cannot be understood yet.
    var hasPlainStatement: Bool {
        if let running, running.purpose == .request, running.request.id == nil { return true }
        return queue.contains { entry in entry.request.map { $0.id == nil } ?? false }
    }

    mutating func enqueue(_ request: StatementRequest) {
        let deadline = request.timeoutMilliseconds.map { now.addingReportingOverflow($0) }
        let bytes = request.heldBytes
        requestBytes += bytes
        queue.append(
            Entry(
                content: .statement(request), bytes: bytes,
                deadline: deadline.map { $0.overflow ? Int64.max : $0.partialValue }))
    }

    mutating func enqueue(answer: [UInt8]) { queue.append(Entry(content: .answer(answer))) }

    mutating func enqueue(refusal error: DatabaseError, id: RequestID?) {
        queue.append(Entry(content: .refusal(error, id: id)))
    }

    /// Starts, or answers, what has waited longest. False where nothing can be done.
    mutating func startNext() -> Bool {
        guard running == nil, phase == .open, !isOutboundFull, let entry = queue.popFirst() else {
            return false
        }
        queuedCopyBytes -= entry.data.reduce(0) { $0 + $1.count }
        requestBytes -= entry.bytes
        let request: StatementRequest
        switch entry.content {
        case .answer(let bytes):
            write(bytes)
            return true
        case .refusal(let error, let id):
            write(ErrorLine.json(error, id: id, transaction: transaction))
            return true
        case .statement(let statement): request = statement
        }
        if isShuttingDown || hasExpiredTransaction {
            if isShuttingDown {
                noteRefusal(StopCause.notStarted.code)
                answer(request, StopCause.notStarted)
            } else {
                answerAfterExpiry(request)
            }
            // Its data may be on the way, and is no request for a second answer.
            if !entry.hasDataEnded { abandonCopy(request.id) }
            return true
        }
        running = Running(request: request, bytes: entry.bytes, deadline: entry.deadline)
        requestBytes += entry.bytes
        actions.append(.start(request))
        for piece in entry.data { handOver(piece) }
        if entry.hasDataEnded { endRunningCopy() }
        return true
    }

    /// The running request has ended.
    mutating func end(_ outcome: StatementOutcome) {
        guard let ended = running else { return }
        running = nil
        requestBytes -= ended.bytes
        transaction = outcome.transaction
        lastActivity = now
        if ended.purpose == .rollback {
            hasExpiredTransaction = true
            return
        }
        let mayHaveDataComing = ended.copy != .endedByClient
        if ended.request.id == nil, ended.copy == .open || ended.copy == .failed {
            isSkippingCopy = true
        }
        if let error = outcome.error {
            let isStop = error.code == .queryCanceled
            answer(ended.request, isStop ? ended.cause?.error ?? error : error)
            if mayHaveDataComing { abandonCopy(ended.request.id) }
        } else if ended.copy == .open || ended.copy == .failed {
            abandonCopy(ended.request.id)
        }
    }

    /// Answers `request` with `error`.
    mutating func answer(_ request: StatementRequest, _ error: DatabaseError) {
        if let id = request.id {
            write(ErrorLine.json(error, id: id, transaction: transaction))
        } else {
            write(ErrorLine.plain(error, statement: request.sql))
        }
    }

    /// Makes the running statement end soon.
    mutating func stopRunning(_ cause: StopCause) {
        guard let current = running, current.purpose == .request else { return }
        if current.cause == nil || cause == .connectionLost { running?.cause = cause }
        running?.nextReminder = now + Self.reminderMilliseconds
        actions.append(.cancel)
        failRunningCopy(StopCause.cancelled)
    }

    /// Ends the request called `id` with 57014, at once if it only waits; tells whether there was
    /// one.
    mutating func cancel(_ id: RequestID) -> Bool {
        if running?.purpose == .request, running?.request.id == id {
            stopRunning(.client)
            return true
        }
        return answerWaiting(StopCause.client.error) { $0.request?.id == id }
    }

    /// Answers the first waiting request that matches, out of its turn.
    mutating func answerWaiting(_ error: DatabaseError, where matches: (Entry) -> Bool) -> Bool {
        guard let entry = queue.remove(where: matches), let request = entry.request else {
            return false
        }
        queuedCopyBytes -= entry.data.reduce(0) { $0 + $1.count }
        requestBytes -= entry.bytes
        if !entry.hasDataEnded { abandonCopy(request.id) }
        answer(request, error)
        return true
    }

    // MARK: COPY data

    /// Data for the request called `id`; false where there is no such request.
    mutating func take(copyData bytes: [UInt8], isLast: Bool, for id: RequestID) -> Bool {
        if let current = running, current.purpose == .request, current.request.id == id {
            guard current.copy != .endedByClient else { return false }
            if current.copy != .failed { handOver(bytes) }
            if isLast { endRunningCopy() }
            return true
        }
        var isAccepted = false
        let isWaiting = queue.update(where: { $0.request?.id == id }) { entry in
            guard !entry.hasDataEnded else { return }
            isAccepted = true
            if !bytes.isEmpty { entry.data.append(bytes) }
            entry.hasDataEnded = isLast
        }
        if isWaiting {
            if isAccepted { queuedCopyBytes += bytes.count }
            return isAccepted
        }
        guard let position = abandonedCopies.firstIndex(of: id) else { return false }
        if isLast { abandonedCopies.remove(at: position) }
        return true
    }

    mutating func handOver(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, running?.copy != .failed else { return }
        running?.copyBytes += bytes.count
        actions.append(.copyData(bytes))
    }

    mutating func endRunningCopy() {
        if running?.copy != .failed { actions.append(.copyEnd) }
        running?.copy = .endedByClient
    }

    mutating func failRunningCopy(_ error: DatabaseError) {
        guard let copy = running?.copy, copy == .open else { return }
        running?.copy = .failed
        actions.append(.copyFail(error))
    }

    /// A statement whose data cannot come any more would wait for ever.
    mutating func failHopelessCopy() {
        guard let running, running.isStarving else { return }
        if isInputFinished || fatalFarewell != nil {
            failRunningCopy(
                DatabaseError(
                    .connectionFailure, "the input ended before the data of COPY did",
                    hint: "End the data with {\"id\":…,\"end\":true}, or with \\. on a line."))
        } else if requestsInFlight > limits.requestsInFlight
            || queuedCopyBytes >= limits.copyBacklogBytes
            || (running.request.id != nil && hasPlainStatement)
        {
            failRunningCopy(
                DatabaseError(
                    .limitExceeded,
                    "\(queue.count) requests with \(queuedCopyBytes) bytes of data wait behind a "
                        + "COPY whose own data has not come",
                    hint: "Send the data of a COPY, and its end, before further requests."))
        }
    }

    mutating func abandonCopy(_ id: RequestID?) {
        guard let id else { return }
        abandonedCopies.removeAll { $0 == id }
        abandonedCopies.append(id)
        if abandonedCopies.count > Self.abandonedCopiesMax { abandonedCopies.removeFirst() }
    }

    // MARK: Expired transactions

    /// Every request after a transaction was rolled back for sitting idle fails, up to the one that
    /// would have ended it: the rest of a transaction must not run as if it stood alone.
    private mutating func answerAfterExpiry(_ request: StatementRequest) {
        let word = request.sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        if ["ROLLBACK", "ABORT", "COMMIT", "END"].contains(word) { hasExpiredTransaction = false }
        let isOver = hasExpiredTransaction ? "; send ROLLBACK first" : ""
        answer(
            request,
            DatabaseError(
                .idleTransactionTimeout,
                "the transaction was rolled back after "
                    + "\(limits.idleInTransactionMilliseconds ?? 0) ms without a request",
                hint: "Run the transaction again\(isOver)."))
    }
}
