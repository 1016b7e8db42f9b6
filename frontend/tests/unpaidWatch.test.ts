import { describe, expect, it } from 'vitest'
import type { Order } from '@/api/types'
import { UnpaidWatch } from '@/lib/unpaidWatch'

const order = (id: number, expires_in: number) => ({ id, expires_in }) as Order

describe('what polling finds out', () => {
  it('tells nothing at the first look', () => {
    expect(new UnpaidWatch().look([order(1, 10)])).toEqual({ closed: [], near: [] })
  })

  it('tells once that an order is unpaid no longer', () => {
    const watch = new UnpaidWatch()
    watch.look([order(1, 900), order(2, 900)])
    expect(watch.look([order(2, 895)]).closed).toEqual([1])
    expect(watch.look([order(2, 890)]).closed).toEqual([])
  })

  it('reminds once, when an order crosses five minutes', () => {
    const watch = new UnpaidWatch()
    watch.look([order(1, 304)])
    expect(watch.look([order(1, 299)]).near).toEqual([order(1, 299)])
    expect(watch.look([order(1, 294)]).near).toEqual([])
  })

  it('does not remind of an order that never had more time', () => {
    const watch = new UnpaidWatch()
    watch.look([])
    expect(watch.look([order(1, 20)]).near).toEqual([])
  })

  it('begins anew after the stream was back', () => {
    const watch = new UnpaidWatch()
    watch.look([order(1, 900)])
    watch.forget()
    expect(watch.look([]).closed).toEqual([])
  })
})
