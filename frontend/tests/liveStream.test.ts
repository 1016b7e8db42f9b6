import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveStream, timing, type StreamState } from '@/lib/liveStream'

/** A connection that the test feeds. */
class Connection {
  private controller!: ReadableStreamDefaultController<Uint8Array>
  readonly response: Response

  constructor(
    readonly lastEventId: string | null,
    readonly signal: AbortSignal,
    type = 'text/event-stream; charset=utf-8',
  ) {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (this.controller = controller) })
    this.response = new Response(body, { headers: { 'content-type': type } })
  }

  send(text: string): Promise<unknown> {
    this.controller.enqueue(new TextEncoder().encode(text))
    return settle()
  }

  end(): Promise<unknown> {
    this.controller.close()
    return settle()
  }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

function setUp() {
  const connections: Connection[] = []
  const states: StreamState[] = []
  const events: string[] = []
  const poll = vi.fn()
  const server = { up: true, type: 'text/event-stream' }
  const stream = new LiveStream({
    open: async (lastEventId, signal) => {
      if (!server.up) throw new Error('no route')
      const connection = new Connection(lastEventId, signal, server.type)
      connections.push(connection)
      return connection.response
    },
    onEvent: (event) => events.push(event.data),
    onState: (state) => states.push(state),
    poll,
  })
  return { stream, connections, states, events, poll, server, last: () => connections[connections.length - 1]! }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('live stream', () => {
  it('is live from the first byte on and hands events over', async () => {
    const { stream, states, events, last, poll } = setUp()
    stream.start()
    await settle()
    expect(states).toEqual(['connecting'])
    await last().send(': hello\n\n')
    await last().send('id: 1\nevent: order\ndata: paid\n\n')
    expect(states).toEqual(['connecting', 'live'])
    expect(events).toEqual(['paid'])
    expect(poll).not.toHaveBeenCalled()
  })

  it('resumes after the last event it heard, and looks once for what it missed', async () => {
    const { stream, states, connections, last, poll } = setUp()
    stream.start()
    await settle()
    await last().send('id: 41\ndata: x\n\n')
    await last().end()
    await vi.advanceTimersByTimeAsync(timing.firstRetry)
    expect(connections.map(({ lastEventId }) => lastEventId)).toEqual([null, '41'])
    await last().send(': hello\n\n')
    expect(poll).toHaveBeenCalledTimes(1)
    expect(states).toEqual(['connecting', 'live', 'connecting', 'live'])
  })

  it('comes back when the server wants it to', async () => {
    const { stream, connections, last } = setUp()
    stream.start()
    await settle()
    await last().send('retry: 2700\n: hello\n\n')
    await last().end()
    await vi.advanceTimersByTimeAsync(2_699)
    expect(connections).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(connections).toHaveLength(2)
  })

  it('polls after the second failure, and keeps trying', async () => {
    const { stream, states, poll, server, last } = setUp()
    server.up = false
    stream.start()
    await settle()
    expect(poll).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(timing.firstRetry)
    expect(states).toEqual(['connecting', 'polling'])
    expect(poll).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(timing.poll * 3)
    expect(poll).toHaveBeenCalledTimes(4)

    server.up = true
    await vi.advanceTimersByTimeAsync(timing.lastRetry)
    await last().send(': hello\n\n')
    expect(states).toEqual(['connecting', 'polling', 'live'])
    const polls = poll.mock.calls.length
    await last().send(': beat\n\n')
    await vi.advanceTimersByTimeAsync(timing.poll * 3)
    expect(poll).toHaveBeenCalledTimes(polls)
  })

  it('does not take a page of a proxy for a stream', async () => {
    const { stream, states, server } = setUp()
    server.type = 'text/html'
    stream.start()
    await vi.advanceTimersByTimeAsync(timing.firstRetry)
    expect(states).toEqual(['connecting', 'polling'])
  })

  it('finds out a proxy that collects what it should pass on', async () => {
    const { stream, states, poll } = setUp()
    stream.start()
    await vi.advanceTimersByTimeAsync(timing.firstByte + timing.firstRetry + timing.firstByte)
    expect(states).toEqual(['connecting', 'polling'])
    expect(poll).toHaveBeenCalled()
  })

  it('gives up a connection that fell silent', async () => {
    const { stream, connections, last } = setUp()
    stream.start()
    await settle()
    await last().send(': hello\n\n')
    await vi.advanceTimersByTimeAsync(timing.silence - 1)
    expect(connections[0]!.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(connections[0]!.signal.aborted).toBe(true)
    await vi.advanceTimersByTimeAsync(timing.firstRetry)
    expect(connections).toHaveLength(2)
  })

  it('stays live on comments alone', async () => {
    const { stream, states, connections, last } = setUp()
    stream.start()
    await settle()
    for (let beat = 0; beat < 20; beat += 1) {
      await last().send(': beat\n\n')
      await vi.advanceTimersByTimeAsync(15_000)
    }
    expect(connections).toHaveLength(1)
    expect(states).toEqual(['connecting', 'live'])
  })

  it('neither connects nor polls once stopped', async () => {
    const { stream, states, connections, poll, server } = setUp()
    server.up = false
    stream.start()
    await vi.advanceTimersByTimeAsync(timing.firstRetry)
    stream.stop()
    poll.mockClear()
    server.up = true
    await vi.advanceTimersByTimeAsync(120_000)
    expect(connections).toHaveLength(0)
    expect(poll).not.toHaveBeenCalled()
    expect(states).toEqual(['connecting', 'polling', 'idle'])
  })

  it('tells nothing of one user to the next', async () => {
    const { stream, connections, last } = setUp()
    stream.start()
    await settle()
    await last().send('id: 41\ndata: x\n\n')
    stream.forget()
    stream.start()
    await settle()
    expect(connections.map(({ lastEventId }) => lastEventId)).toEqual([null, null])
  })
})
