import { EventParser, type ServerSentEvent } from './sse'

/** `live`: events arrive. `polling`: they do not, so `poll` is called at intervals while we keep trying. */
export type StreamState = 'idle' | 'connecting' | 'live' | 'polling'

export interface StreamSource {
  /** Ask for the stream, from after `lastEventId` on; rejects when there is none to be had. */
  open(lastEventId: string | null, signal: AbortSignal): Promise<Response>
  onEvent(event: ServerSentEvent): void
  onState(state: StreamState): void
  /** Look for what the stream would have told. */
  poll(): void
}

export const timing = {
  /** How long a connection may take to answer at all. */
  answer: 8_000,
  /** The server sends a comment at least every 15 s; after so much silence the connection is dead. */
  silence: 35_000,
  /** A proxy that collects what it should pass on is found out after this. */
  firstByte: 20_000,
  poll: 5_000,
  firstRetry: 1_000,
  lastRetry: 30_000,
}

/** Failures in a row after which we poll: one may be the server's restart. */
const PATIENCE = 2

/** A stream that reconnects where it was cut off, and falls back to polling where streams do not get through. */
export class LiveStream {
  private state: StreamState = 'idle'
  private connection: AbortController | null = null
  private lastEventId: string | null = null
  private failures = 0
  private everLive = false
  /** The first wait: the server's word, another one for each client, or all would come back in the same second. */
  private firstRetry = timing.firstRetry
  private watchdog?: ReturnType<typeof setTimeout>
  private retry?: ReturnType<typeof setTimeout>
  private polling?: ReturnType<typeof setInterval>

  constructor(private readonly source: StreamSource) {}

  /** Connect; a second call changes nothing. */
  start(): void {
    if (this.state !== 'idle') return
    this.become('connecting')
    void this.connect()
  }

  /** Whether it has not been stopped. */
  get running(): boolean {
    return this.state !== 'idle'
  }

  /** Begin after the last event that was heard, here or by another stream; one that goes on for it looks first. */
  resumeAfter(lastEventId: string | null, goesOn: boolean): void {
    this.lastEventId = lastEventId
    this.everLive ||= goesOn
  }

  /** Disconnect, and remember where to resume. */
  stop(): void {
    clearTimeout(this.watchdog)
    clearTimeout(this.retry)
    this.stopPolling()
    this.failures = 0
    this.connection?.abort()
    this.connection = null
    this.become('idle')
  }

  /** Disconnect for good: another user may be next. */
  forget(): void {
    this.stop()
    this.lastEventId = null
    this.everLive = false
  }

  /** Try again now, for example because the network is back. */
  retryNow(): void {
    if (this.state === 'idle' || this.connection) return
    clearTimeout(this.retry)
    void this.connect()
  }

  private async connect(): Promise<void> {
    const connection = new AbortController()
    this.connection = connection
    this.expectWithin(timing.answer)
    try {
      await this.read(connection.signal)
    } catch {
      // Which way it failed makes no difference to what comes next.
    }
    connection.abort()
    if (this.connection !== connection) return
    this.connection = null
    clearTimeout(this.watchdog)
    this.failed()
  }

  private async read(signal: AbortSignal): Promise<void> {
    const response = await abortable(this.source.open(this.lastEventId, signal), signal)
    const type = response.headers.get('content-type') ?? ''
    if (!response.ok || !response.body || !type.startsWith('text/event-stream')) throw new Error('no stream')
    this.expectWithin(timing.firstByte)
    const parser = new EventParser()
    const text = new TextDecoder()
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal)
      if (done) return
      this.alive()
      const events = parser.feed(text.decode(value, { stream: true }))
      this.firstRetry = parser.retry ?? this.firstRetry
      for (const event of events) {
        if (event.id !== null) this.lastEventId = event.id
        this.source.onEvent(event)
      }
    }
  }

  private alive(): void {
    this.failures = 0
    this.expectWithin(timing.silence)
    if (this.state === 'live') return
    this.stopPolling()
    this.become('live')
    // What happened while we were away may be older than what the server replays.
    if (this.everLive) this.source.poll()
    this.everLive = true
  }

  private failed(): void {
    this.failures += 1
    if (this.failures >= PATIENCE) this.startPolling()
    else this.become(this.state === 'polling' ? 'polling' : 'connecting')
    const wait = Math.min(timing.lastRetry, this.firstRetry * 2 ** (this.failures - 1))
    this.retry = setTimeout(() => void this.connect(), wait)
  }

  private startPolling(): void {
    this.become('polling')
    if (this.polling) return
    this.source.poll()
    this.polling = setInterval(() => this.source.poll(), timing.poll)
  }

  private stopPolling(): void {
    clearInterval(this.polling)
    this.polling = undefined
  }

  private expectWithin(ms: number): void {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(() => this.connection?.abort(), ms)
  }

  private become(state: StreamState): void {
    if (this.state === state) return
    this.state = state
    this.source.onState(state)
  }
}

/** The promise, or a rejection as soon as `signal` is aborted. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('aborted'))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
