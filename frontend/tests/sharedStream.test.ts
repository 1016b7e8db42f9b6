import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StreamState } from '@/lib/liveStream'
import { SharedStream } from '@/lib/sharedStream'

/** The locks of a browser, as far as the stream needs them. */
class Locks {
  private queue: { grant: () => Promise<void> | undefined; signal: AbortSignal; done: () => void; fail: () => void }[] =
    []
  private held = false

  request(_name: string, { signal }: { signal: AbortSignal }, grant: () => Promise<void> | undefined): Promise<void> {
    return new Promise((done, fail) => {
      this.queue.push({ grant, signal, done, fail })
      signal.addEventListener('abort', () => fail(new Error('aborted')))
      void this.next()
    })
  }

  private async next(): Promise<void> {
    if (this.held) return
    const first = this.queue.shift()
    if (!first) return
    if (first.signal.aborted) return this.next()
    this.held = true
    await first.grant()
    this.held = false
    first.done()
    void this.next()
  }
}

/** The channels of a browser, which deliver a little later and never to the sender. */
class Channel {
  static open: Channel[] = []
  onmessage: ((event: { data: unknown }) => void) | null = null

  constructor(readonly name: string) {
    Channel.open.push(this)
  }

  postMessage(data: unknown): void {
    const others = Channel.open.filter((other) => other !== this && other.name === this.name)
    queueMicrotask(() => others.forEach((other) => other.onmessage?.({ data })))
  }

  close(): void {
    Channel.open = Channel.open.filter((other) => other !== this)
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0)
const opened: { lastEventId: string | null; send: (text: string) => Promise<unknown> }[] = []

function tab() {
  const events: string[] = []
  const states: StreamState[] = []
  const poll = vi.fn()
  const stream = new SharedStream({
    open: (lastEventId) => {
      let feed!: ReadableStreamDefaultController<Uint8Array>
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) })
      const send = (text: string) => (feed.enqueue(new TextEncoder().encode(text)), settle())
      opened.push({ lastEventId, send })
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    },
    onEvent: ({ data }) => events.push(data),
    onState: (state) => states.push(state),
    poll,
  })
  return { stream, events, states, poll }
}

beforeEach(() => {
  vi.useFakeTimers()
  opened.length = 0
  Channel.open = []
  vi.stubGlobal('BroadcastChannel', Channel)
  vi.stubGlobal('navigator', { locks: new Locks() })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('shared stream', () => {
  it('is one for all tabs, and each hears every event', async () => {
    const tabs = Array.from({ length: 7 }, tab)
    tabs.forEach(({ stream }) => stream.start('u1'))
    await settle()
    await opened[0]!.send('id: 1\ndata: paid\n\n')
    expect(opened).toHaveLength(1)
    expect(tabs.map(({ events }) => events)).toEqual(Array(7).fill(['paid']))
    expect(tabs.map(({ states }) => states.at(-1))).toEqual(Array(7).fill('live'))
  })

  it('tells a tab that comes later how things are', async () => {
    const first = tab()
    first.stream.start('u1')
    await settle()
    await opened[0]!.send(': hello\n\n')
    const second = tab()
    second.stream.start('u1')
    await settle()
    expect(second.states).toEqual(['connecting', 'live'])
  })

  it('goes on in the next tab, after what the first one heard', async () => {
    const [first, second] = [tab(), tab()]
    first.stream.start('u1')
    second.stream.start('u1')
    await settle()
    await opened[0]!.send('id: 41\ndata: x\n\n')
    first.stream.stop()
    await settle()
    expect(opened.map(({ lastEventId }) => lastEventId)).toEqual([null, '41'])
    await opened[1]!.send('id: 42\ndata: y\n\n')
    expect(second.events).toEqual(['x', 'y'])
    expect(second.poll, 'looks once for what nobody heard').toHaveBeenCalledTimes(1)
    expect(first.events).toEqual(['x'])
    expect(first.states.at(-1)).toBe('idle')
  })

  it('hears nothing twice when it comes back alone', async () => {
    const [first, second] = [tab(), tab()]
    first.stream.start('u1')
    await settle()
    await opened[0]!.send('id: 41\ndata: x\n\n')
    first.stream.stop()
    second.stream.start('u1')
    await settle()
    first.stream.start('u1')
    await settle()
    await opened[1]!.send('id: 42\ndata: y\n\n')
    first.stream.stop()
    second.stream.stop()
    first.stream.start('u1')
    await settle()
    expect(opened.map(({ lastEventId }) => lastEventId)).toEqual([null, null, '42'])
    expect(first.events).toEqual(['x', 'y'])
  })

  it('never leads once it has left', async () => {
    const [first, second] = [tab(), tab()]
    first.stream.start('u1')
    second.stream.start('u1')
    second.stream.stop()
    first.stream.stop()
    await settle()
    expect(opened).toHaveLength(1)
  })

  it('keeps the streams of two logins apart', async () => {
    const [one, other] = [tab(), tab()]
    vi.stubGlobal('navigator', {
      locks: { request: (_: string, __: object, grant: () => unknown) => Promise.resolve(grant()) },
    })
    one.stream.start('u1')
    other.stream.start('u2')
    await settle()
    await opened[0]!.send('id: 1\ndata: mine\n\n')
    expect(other.events).toEqual([])
  })

  it('is a stream of its own where the browser has no locks', async () => {
    vi.stubGlobal('navigator', {})
    const [first, second] = [tab(), tab()]
    first.stream.start('u1')
    second.stream.start('u1')
    await settle()
    expect(opened).toHaveLength(2)
  })
})
