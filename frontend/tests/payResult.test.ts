import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, mounted, order, type Answers, type Mounted } from './mounted'
import PayResultPage from '@/pages/PayResultPage.vue'

const NUMBER = order().order_number
const notPaid = { status: 409, code: 'not_paid', detail: '' }

let shown: Mounted

/** The page of what became of paying for an order that the list answers so, one answer after the other. */
async function show(states: object[], more: Answers = {}) {
  const asked: string[] = []
  answering({
    'GET /orders/counts/': () => ({ '-1': 0 }),
    'GET /orders/list/': (_, query) => {
      asked.push(query.get('number')!)
      const state = states.length > 1 ? states.shift()! : states[0]
      return { count: 1, next: null, previous: null, results: state ? [order(state)] : [] }
    },
    [`GET /payments/alipay/query/${NUMBER}/`]: () => {
      throw notPaid
    },
    ...more,
  })
  shown = await mounted(PayResultPage, {}, `/pay/result?out_trade_no=${NUMBER}`)
  return asked
}
const becomes = (outcome: string) =>
  vi.waitFor(() => expect(shown.at('result')!.dataset.outcome).toBe(outcome), { timeout: 9000 })

describe('what became of paying', () => {
  afterEach(() => {
    shown.unmount()
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it.each([
    [{ order_status: 1 }, 'paid', '支付成功', ['to-learning', 'to-order']],
    [{ order_status: 1, real_price: '0.00' }, 'free', '课程已是你的', ['to-learning', 'to-order']],
    [{ order_status: 2 }, 'cancelled', '订单已取消', ['to-order']],
    [{ order_status: 3 }, 'timedOut', '订单已超时关闭', ['recover', 'to-order']],
    [{ order_status: 4, pay_time: '2026-11-25T08:15:01+00:00' }, 'late', '关闭后才到', ['to-order', 'to-bills']],
    [{ order_status: 4, pay_time: '2026-11-25T08:01:00+00:00' }, 'refunded', '订单已退款', ['to-order', 'to-bills']],
  ])('%o is told as %s', async (state, outcome, title, buttons) => {
    const asked = await show([state])
    await becomes(outcome)
    expect(asked[0]).toBe(NUMBER)
    expect(shown.root.querySelector('h1')!.textContent).toContain(title)
    expect(shown.root.textContent).not.toContain('延迟')
    const found = [...shown.root.querySelectorAll<HTMLElement>('button')].map((button) => button.dataset.test)
    expect(found).toEqual(buttons)
    expect(shown.at('countdown')).toBeNull()
  })

  it('waits for the provider, then says that it is unpaid, with the countdown and a way to pay in this tab', async () => {
    vi.useFakeTimers()
    const went = vi.spyOn(location, 'assign').mockImplementation(() => {})
    await show([{}], { [`GET /payments/alipay/${NUMBER}/`]: () => ({ link: '/cashier?1' }) })
    await becomes('checking')
    expect(shown.at('pay')).toBeNull()
    await vi.advanceTimersByTimeAsync(8000)
    await becomes('unpaid')
    expect(shown.at('countdown')).not.toBeNull()
    shown.at('pay')!.click()
    await vi.waitFor(() => expect(went).toHaveBeenCalledOnce())
    expect(String(went.mock.calls[0]![0])).toContain('/cashier?1')
  })

  it('turns from timed out to paid when the money comes after all', async () => {
    await show([{ order_status: 3 }, { order_status: 1 }])
    await becomes('paid')
  })

  it('recovers what timed out', async () => {
    const states = [{ order_status: 3 }]
    await show(states, {
      'POST /orders/7/recover/': () => {
        states[0] = { order_status: 0 } as (typeof states)[0]
        return order()
      },
    })
    await becomes('timedOut')
    shown.at('recover')!.click()
    await vi.waitFor(() => expect(['checking', 'unpaid']).toContain(shown.at('result')!.dataset.outcome))
  })

  it('says of a number that no order has that there is none', async () => {
    await show([])
    await becomes('gone')
    expect(shown.root.textContent).toContain('没有这笔订单')
  })

  it('says that the address has no number', async () => {
    answering({})
    shown = await mounted(PayResultPage, {}, '/pay/result')
    expect(shown.at('result')!.dataset.outcome).toBe('unknown')
  })
})
