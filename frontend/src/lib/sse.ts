/** Reads `text/event-stream` piece by piece. EventSource cannot send the Authorization header, so fetch does. */

export interface ServerSentEvent {
  event: string
  data: string
  id: string | null
}

export class EventParser {
  /** Milliseconds after which the server wants its clients back; null until it says so. */
  retry: number | null = null
  private rest = ''
  private data: string[] = []
  private event = ''
  private id: string | null = null

  /** Take the next piece of the stream and return the events that it completes. */
  feed(piece: string): ServerSentEvent[] {
    this.rest += piece
    // A lone CR at the end may be the first half of CRLF: it waits for what follows.
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.line(line))
  }

  private line(line: string): ServerSentEvent[] {
    if (line === '') return this.dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return []
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') this.data.push(value)
    else if (name === 'event') this.event = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
    else if (name === 'id' && !value.includes('\0')) this.id = value
    return []
  }

  private dispatch(): ServerSentEvent[] {
    const data = this.data
    const event = this.event
    this.data = []
    this.event = ''
    return data.length ? [{ event: event || 'message', data: data.join('\n'), id: this.id }] : []
  }
}
