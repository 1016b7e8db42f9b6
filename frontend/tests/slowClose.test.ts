import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { mounted, order, type Mounted } from './mounted'
import type { Order } from '@/api/types'
import OrderCard from '@/components/OrderCard.vue'
import { deadlineOf, settled } from '@/lib/countdown'

let shown: Mounted

describe('an order that nothing closes', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => {
    shown.unmount()
    vi.useRealTimers()
  })

  it('says after a few seconds that it can still be paid', async () => {
    const entry = {
      order: order({ expires_in: 1 }) as unknown as Order,
      deadline: performance.now() + 1000,
      span: 900_000,
    }
    shown = await mounted(OrderCard, { entry, run: async () => {} })
    await vi.advanceTimersByTimeAsync(3000)
    await nextTick()
    expect(shown.root.textContent).toContain('正在关闭…')
    expect(shown.at('slow')).toBeNull()
    await vi.advanceTimersByTimeAsync(4000)
    await nextTick()
    expect(shown.at('slow')?.textContent).toContain('还可以支付')
    expect(shown.root.textContent).not.toContain('正在关闭…')
    expect(shown.at('pay')).not.toBeNull()
  })

  it('keeps its deadline however often the server says that nothing is left', () => {
    expect(settled(10_000, deadlineOf(0, 14_000), 14_000)).toBe(10_000)
    expect(settled(10_000, deadlineOf(900, 14_000), 14_000)).toBe(914_000)
  })
})
