import NIOCore
import NeedletailCore
import NeedletailWire

/// Joins one connection's state machine with its socket and with the pool.
///
/// Lives on its event loop, which reads, asks the machine, and does what the machine says.
/// Statements run on threads of the pool, but for brief ones (``LoopTurn``): handing one over and
/// back again takes longer than running it.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What others may know of this connection.
    let record: ConnectionRecord
    private var machine: SessionStateMachine
    private let runtime: ServerRuntime
    private let holder: SessionHolder
    private let loop: any EventLoop
    private var context: ChannelHandlerContext?
    private var task: StatementTask?
    private var timer: (deadline: Int64, task: Scheduled<Void>)?
    private var turn = LoopTurn()
    /// The machine's wishes are being fulfilled further up the stack.
    private var isFulfilling = false

    init(runtime: ServerRuntime, loop: any EventLoop, peer: String) {
        self.runtime = runtime
        self.loop = loop
        holder = SessionHolder { () throws(DatabaseError) in
            try runtime.openSession(runtime.connections)
        }
        record = ConnectionRecord(id: runtime.connections.nextID(), peer: peer, holder: holder)
        machine = SessionStateMachine(
            limits: runtime.configuration.session, budget: runtime.budget,
            boundary: SQLStatementBoundary(), now: Self.now())
    }

    private static func now() -> Int64 {
        Int64(clamping: NIODeadline.now().uptimeNanoseconds / 1_000_000)
    }

    // MARK: Events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        runtime.configuration.log.opened(record)
        // One that never says a word has its deadline, too.
        adjustTimer()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        runtime.record { $0.bytesIn += buffer.readableBytes }
        record.received(buffer.readableBytes)
        turn = LoopTurn()
        // SAFETY: the bytes are copied before the call returns.
        buffer.withUnsafeReadableBytes { machine.received($0, now: Self.now()) }
        fulfil()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            machine.inputClosed(now: Self.now())
            fulfil()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.connectionLost(now: Self.now())
        fulfil()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    /// Tells a client that there is no room for it.
    func refuse(_ error: DatabaseError) {
        machine.refuse(error, now: Self.now())
        fulfil()
    }

    func shutdown() {
        machine.shutdown(now: Self.now())
        fulfil()
    }

    func shutdownNow() {
        machine.shutdownNow(now: Self.now())
        fulfil()
    }

    func disconnect() { context?.close(promise: nil) }

    // MARK: What the machine wants

    private func fulfil() {
        guard !isFulfilling else { return }
        isFulfilling = true
        var mustFlush = false
        while true {
            let actions = machine.takeActions()
            if actions.isEmpty {
                guard mustFlush else { break }
                mustFlush = false
                // May report what it has written at once, which may give further actions.
                context?.flush()
                continue
            }
            for action in actions {
                if case .write(let bytes) = action {
                    write(bytes)
                    mustFlush = true
                } else {
                    fulfil(action)
                }
            }
        }
        isFulfilling = false
        noteState()
        adjustTimer()
    }

    /// Lets others know what has changed.
    private func noteState() {
        record.update(
            bytesInFlight: machine.heldBytes, isInTransaction: machine.isInTransaction)
        for code in machine.takeRefusals() { noteRefusal(code) }
    }

    private func noteRefusal(_ code: DatabaseError.Code) {
        runtime.record { $0.refused += 1 }
        runtime.configuration.log.refused(code)
    }

    private func fulfil(_ action: SessionAction) {
        switch action {
        case .write(let bytes): write(bytes)
        case .start(let request): start(request)
        case .resume: advance(in: .urgent)
        case .cancel: task?.cancel()
        case .copyData(let bytes): task?.feed.append(bytes)
        case .copyEnd: task?.feed.end()
        case .copyFail(let error): task?.feed.fail(error)
        case .pauseReading: setReading(false)
        case .resumeReading: setReading(true)
        case .closeOutput: context?.close(mode: .output, promise: nil)
        case .close: context?.close(promise: nil)
        case .releaseSession: release()
        }
    }

    private func write(_ bytes: [UInt8]) {
        guard let context else { return }
        runtime.record { $0.bytesOut += bytes.count }
        record.sent(bytes.count)
        let promise = loop.makePromise(of: Void.self)
        let handler = NIOLoopBound(self, eventLoop: loop)
        promise.futureResult.whenSuccess {
            handler.value.machine.flushed(bytes.count, now: Self.now())
            handler.value.fulfil()
        }
        context.write(
            wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: promise)
    }

    private func setReading(_ isReading: Bool) {
        context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in
            // The channel has closed, and will say so.
        }
    }

    private func start(_ request: StatementRequest) {
        let lane: WorkerPool.Lane = machine.isInTransaction ? .urgent : .ordinary
        let handler = NIOLoopBound(self, eventLoop: loop)
        let loop = loop
        let feed = CopyFeed(
            pool: runtime.pool,
            opened: {
                loop.execute {
                    handler.value.machine.copyOpened(now: Self.now())
                    handler.value.fulfil()
                }
            },
            consumed: { count in
                loop.execute {
                    handler.value.machine.copyConsumed(count, now: Self.now())
                    handler.value.fulfil()
                }
            })
        task = StatementTask(request, holder: holder, feed: feed)
        record.started(request.sql)
        guard let refusal = runtime.configuration.authorise(request) else {
            begin(in: lane)
            return
        }
        end(with: refusal)
    }

    /// Takes the first step of the statement here where it is brief, else on a thread of the pool.
    private func begin(in lane: WorkerPool.Lane) {
        guard let task, lane == .ordinary else { return advance(in: lane) }
        guard turn.mayGoOn() else {
            // Others of this loop come first, and what was said so far is sent.
            let handler = NIOLoopBound(self, eventLoop: loop)
            loop.execute {
                handler.value.turn = LoopTurn()
                handler.value.begin(in: lane)
            }
            return
        }
        guard let step = task.advanceBriefly() else { return advance(in: lane) }
        record.reachedThread()
        Self.note(step, of: task, record, runtime.configuration)
        advanced(step)
    }

    /// Tells the log of an end, from whichever thread it came on.
    private static func note(
        _ step: StatementStep, of task: StatementTask, _ record: ConnectionRecord,
        _ configuration: ServerConfiguration
    ) {
        guard case .ended(_, let outcome) = step else { return }
        configuration.log.ended(
            task.sql, on: record.id, milliseconds: record.ended(), error: outcome.error,
            slowMilliseconds: configuration.slowStatementMilliseconds)
    }

    /// As if the statement had failed at its start; the transaction, if any, is untouched.
    private func end(with refusal: DatabaseError) {
        noteRefusal(refusal.code)
        _ = record.ended()
        let handler = NIOLoopBound(self, eventLoop: loop)
        let outcome = StatementOutcome(error: refusal, transaction: machine.transaction)
        loop.execute { handler.value.advanced(.ended([], outcome)) }
    }

    private func advance(in lane: WorkerPool.Lane) {
        guard let task else { return }
        let handler = NIOLoopBound(self, eventLoop: loop)
        let loop = loop
        let record = record
        let configuration = runtime.configuration
        let isTaken = runtime.pool.submit(lane) { lane in
            record.reachedThread()
            let step = task.advance(in: lane)
            Self.note(step, of: task, record, configuration)
            loop.execute { handler.value.advanced(step) }
        }
        guard !isTaken else { return }
        end(
            with: DatabaseError(
                .insufficientResources,
                "\(configuration.statementsWaitingMax) statements wait for a thread already",
                hint: "Send it again in a moment, or raise statements_waiting_max of the server."))
    }

    private func advanced(_ step: StatementStep) {
        if case .ended(_, let outcome) = step {
            task = nil
            runtime.record { $0.count(outcome) }
        }
        machine.advanced(step, now: Self.now())
        fulfil()
    }

    private func release() {
        timer?.task.cancel()
        timer = nil
        let holder = holder
        let runtime = runtime
        let identity = ObjectIdentifier(self)
        runtime.configuration.log.closed(record)
        guard machine.isInTransaction else {
            // There is nothing to be rolled back, which might take a while.
            holder.close()
            runtime.connections.remove(identity)
            return
        }
        runtime.pool.submit(.urgent) { _ in
            holder.close()
            runtime.connections.remove(identity)
        }
    }

    private func adjustTimer() {
        guard let deadline = machine.nextDeadline else {
            timer?.task.cancel()
            timer = nil
            return
        }
        // A timer that fires too early looks again; only one that fires too late is replaced.
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let wait = max(0, deadline - Self.now())
        let handler = NIOLoopBound(self, eventLoop: loop)
        let task = loop.scheduleTask(in: .milliseconds(wait)) {
            handler.value.timer = nil
            handler.value.machine.tick(now: Self.now())
            handler.value.fulfil()
        }
        timer = (deadline, task)
    }
}
