import { LiveStream, type StreamSource, type StreamState } from './liveStream'
import type { ServerSentEvent } from './sse'

/** What tabs tell each other: the leader passes on what it hears, a new one asks how things are. */
type Message = { event: ServerSentEvent } | { state: StreamState } | { poll: true } | { hello: true }

/**
 * One stream for all tabs of a login: browsers open six connections to a server that speaks HTTP/1.1, and streams would
 * take them all. The tab that holds the lock has it and feeds the others; when it leaves, the next one goes on where it
 * was. Where there are no locks (they need HTTPS or localhost) each tab has a stream of its own.
 */
export class SharedStream {
  private readonly stream: LiveStream
  private channel: BroadcastChannel | null = null
  private membership: AbortController | null = null
  private state: StreamState = 'idle'
  private lastEventId: string | null = null

  constructor(private readonly source: StreamSource) {
    this.stream = new LiveStream({
      open: (lastEventId, signal) => source.open(lastEventId, signal),
      onEvent: (event) => {
        this.send({ event })
        this.hear(event)
      },
      onState: (state) => {
        if (state !== 'idle') this.send({ state })
        this.become(state)
      },
      poll: () => {
        this.send({ poll: true })
        source.poll()
      },
    })
  }

  /** Take part in the stream of that name; a second call changes nothing. */
  start(name: string): void {
    if (this.membership) return
    const membership = new AbortController()
    this.membership = membership
    if (!navigator.locks || !('BroadcastChannel' in globalThis)) return this.stream.start()
    this.become('connecting')
    this.channel = new BroadcastChannel(name)
    this.channel.onmessage = ({ data }) => this.heard(data as Message)
    const { signal } = membership
    // It rejects when this tab leaves before its turn came.
    void navigator.locks.request(name, { signal }, () => this.lead(signal)).catch(() => {})
    this.send({ hello: true })
  }

  /** Leave, and remember where to resume. */
  stop(): void {
    this.membership?.abort()
    this.membership = null
    this.stream.stop()
    this.channel?.close()
    this.channel = null
    this.become('idle')
  }

  /** Leave for good: another user may be next. */
  forget(): void {
    this.stop()
    this.lastEventId = null
    this.stream.forget()
  }

  /** Try again now, where it is this tab that tries. */
  retryNow(): void {
    this.stream.retryNow()
  }

  /** Have the stream until this tab leaves. */
  private lead(signal: AbortSignal): Promise<void> | undefined {
    if (signal.aborted) return
    this.stream.resumeAfter(this.lastEventId, this.state === 'live' || this.state === 'polling')
    this.stream.start()
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }

  private heard(message: Message): void {
    if ('hello' in message) {
      if (this.stream.running) this.send({ state: this.state })
    } else if ('state' in message) {
      this.become(message.state)
    } else if ('poll' in message) {
      this.source.poll()
    } else {
      this.hear(message.event)
    }
  }

  private hear(event: ServerSentEvent): void {
    this.lastEventId = event.id ?? this.lastEventId
    this.source.onEvent(event)
  }

  private send(message: Message): void {
    this.channel?.postMessage(message)
  }

  private become(state: StreamState): void {
    if (this.state === state) return
    this.state = state
    this.source.onState(state)
  }
}
