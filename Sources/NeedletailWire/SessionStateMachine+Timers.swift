import NeedletailCore

extension SessionStateMachine {
    /// When to call ``tick(now:)``, in the time of the events; `nil` for never.
    package var nextDeadline: Int64? {
        var next = Int64.max
        queue.forEach { next = min(next, $0.deadline ?? .max) }
        if let running {
            next = min(
                next, (running.cause == nil ? running.deadline : running.nextReminder) ?? .max)
        }
        for deadline in [lingerDeadline, stallDeadline, idleDeadline, idleTransactionDeadline] {
            next = min(next, deadline ?? .max)
        }
        return next == .max ? nil : next
    }

    /// Acts upon every deadline that has passed.
    mutating func expire() {
        if let deadline = stallDeadline, deadline <= now {
            abandon()
            actions.append(.close)
            return
        }
        if let deadline = lingerDeadline, deadline <= now { phase = .closing }
        if let deadline = idleDeadline, deadline <= now { phase = .closing }
        if let deadline = idleTransactionDeadline, deadline <= now { expireTransaction() }
        if let current = running {
            if current.cause == nil, let deadline = current.deadline, deadline <= now {
                let milliseconds = current.request.timeoutMilliseconds ?? 0
                stopRunning(.timeout(milliseconds: milliseconds))
            } else if let cause = current.cause, let reminder = current.nextReminder,
                reminder <= now
            {
                stopRunning(cause)
            }
        }
        for entry in queue.all {
            guard let deadline = entry.deadline, deadline <= now, let request = entry.request else {
                continue
            }
            let cause = StopCause.timeout(milliseconds: request.timeoutMilliseconds ?? 0)
            _ = answerWaiting(cause.error) { $0.request?.id == request.id }
        }
    }

    private var lingerDeadline: Int64? {
        if case .lingering(let until) = phase { until } else { nil }
    }

    /// For a client that takes nothing of what waits for it.
    private var stallDeadline: Int64? {
        guard phase != .closed, outboundBytes > 0 else { return nil }
        return later(lastFlush, by: limits.stalledMilliseconds)
    }

    private var idleDeadline: Int64? {
        guard phase == .open, requestsInFlight == 0, transaction == .idle, outboundBytes == 0,
            let allowed = limits.idleMilliseconds
        else { return nil }
        return later(lastActivity, by: allowed)
    }

    /// For a transaction, or a `COPY`, that waits for its client.
    private var idleTransactionDeadline: Int64? {
        guard phase == .open, let allowed = limits.idleInTransactionMilliseconds else { return nil }
        let isIdle = requestsInFlight == 0 && transaction != .idle
        guard isIdle || running?.isStarving == true else { return nil }
        return later(lastActivity, by: allowed)
    }

    private func later(_ time: Int64, by milliseconds: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(milliseconds)
        return overflow ? .max : sum
    }

    private mutating func expireTransaction() {
        if let running {
            let rest = running.request.id == nil ? " Lines up to \\. are dropped now." : ""
            failRunningCopy(
                DatabaseError(
                    .idleTransactionTimeout,
                    "no data came for COPY in \(limits.idleInTransactionMilliseconds ?? 0) ms",
                    hint: "Send the data without pauses, or in several COPY statements.\(rest)"))
            return
        }
        let rollback = StatementRequest(sql: "ROLLBACK")
        running = Running(request: rollback, purpose: .rollback)
        actions.append(.start(rollback))
    }
}
