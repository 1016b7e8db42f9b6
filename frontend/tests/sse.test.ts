import { describe, expect, it } from 'vitest'
import { EventParser } from '@/lib/sse'

const read = (...pieces: string[]) => {
  const parser = new EventParser()
  return pieces.flatMap((piece) => parser.feed(piece))
}

describe('event parser', () => {
  it('reads an event', () => {
    expect(read('id: 7\nevent: order\ndata: {"id":1}\n\n')).toEqual([{ id: '7', event: 'order', data: '{"id":1}' }])
  })

  it('reads it however it is cut', () => {
    const stream = 'id: 7\r\nevent: order\r\ndata: a\r\ndata: b\r\n\r\n'
    expect(read(...stream)).toEqual([{ id: '7', event: 'order', data: 'a\nb' }])
  })

  it('ignores comments and events without data', () => {
    expect(read(': beat\n\nevent: order\n\n')).toEqual([])
  })

  it('keeps the last id, and the name only for its event', () => {
    expect(read('id: 1\nevent: order\ndata: a\n\ndata: b\n\n')).toEqual([
      { id: '1', event: 'order', data: 'a' },
      { id: '1', event: 'message', data: 'b' },
    ])
  })

  it('keeps when the server wants its clients back, where that is a number', () => {
    const parser = new EventParser()
    expect(parser.retry).toBeNull()
    parser.feed('retry: 2345\n\nretry: soon\n\n')
    expect(parser.retry).toBe(2345)
  })
})
