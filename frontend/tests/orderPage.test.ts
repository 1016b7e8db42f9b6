import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, mounted, order, type Answers, type Mounted } from './mounted'
import OrderPage from '@/pages/user/OrderPage.vue'
import OrdersPage from '@/pages/user/OrdersPage.vue'

let shown: Mounted
const nothing = { credit: 0, coupon: '' }
const happened = (what: string, more: object = {}) => ({
  ...{ at: '2026-11-25T08:00:00.000000+00:00', what, order_status: 0, by_staff: false },
  ...{ held: nothing, given_back: nothing, amount: null, trade_no: null },
  ...more,
})
const cart = { items: [], total_price: '0.00', real_price: '0.00' }

async function show(answers: Answers) {
  answering({
    'GET /orders/counts/': () => ({ '-1': 1 }),
    'GET /orders/pay/choices/': () => [],
    'GET /orders/7/history/': () => [],
    'GET /cart/': () => cart,
    ...answers,
  })
  shown = await mounted(OrderPage, { id: 7 }, '/user/orders/7')
}

afterEach(() => {
  shown.unmount()
  vi.restoreAllMocks()
})

describe("an order's page", () => {
  it('says of one that was deleted that it is not there, and leads to the others', async () => {
    await show({
      'GET /orders/7/': () => {
        throw { status: 404, code: 'order_not_found', detail: '' }
      },
      'GET /orders/7/history/': () => {
        throw { status: 404, code: 'order_not_found', detail: '' }
      },
    })
    await vi.waitFor(() => expect(shown.at('empty')?.textContent).toContain('这笔订单不在了'))
    expect(shown.at('retry')).toBeNull()
    shown.at('to-all')?.click()
    await vi.waitFor(() => expect(shown.router.currentRoute.value.name).toBe('orders'))
  })

  it('tells its history, with what was held and given back', async () => {
    await show({
      'GET /orders/7/': () => order({ order_status: 2 }),
      'GET /orders/7/history/': () => [
        happened('placed', { held: { credit: 100, coupon: '减 30' } }),
        happened('cancelled', { given_back: { credit: 100, coupon: '' }, by_staff: true }),
      ],
    })
    await vi.waitFor(() => expect(shown.at('happened-placed')?.textContent).toContain('100 积分、优惠券「减 30」'))
    expect(shown.at('happened-cancelled')?.textContent).toContain('已退回：100 积分')
    expect(shown.at('happened-cancelled')?.textContent).toContain('由工作人员操作')
    expect(shown.at('print')).toBeNull()
  })

  it('has a receipt with the trade number once it is paid', async () => {
    await show({
      'GET /orders/7/': () => order({ order_status: 1, pay_time: '2026-11-25T08:03:00.000000+00:00' }),
      'GET /orders/7/history/': () => [happened('placed'), happened('paid', { amount: '90.00', trade_no: 'T42' })],
    })
    const receipt = () => document.querySelector('[data-test=receipt]')?.textContent
    await vi.waitFor(() => expect(receipt()).toContain('T42'))
    expect(receipt()).toContain('不是税务发票')
    expect(shown.at('print')).not.toBeNull()
  })

  it('copies the number, and says it where the browser does not allow that', async () => {
    const write = vi.fn(() => Promise.reject(new Error('denied')))
    vi.stubGlobal('navigator', { ...navigator, onLine: true, clipboard: { writeText: write } })
    await show({ 'GET /orders/7/': () => order() })
    await vi.waitFor(() => expect(shown.at('copy')).not.toBeNull())
    shown.at('copy')?.click()
    await vi.waitFor(() => expect(write).toHaveBeenCalledWith('202611250000000100000007'))
    vi.unstubAllGlobals()
  })

  it('buys again what can be bought, and goes to the check-out', async () => {
    await show({
      'GET /orders/7/': () => order({ order_status: 2 }),
      'POST /orders/7/again/': () => ({ course_ids: [1], left_out: [] }),
    })
    await vi.waitFor(() => expect(shown.at('again')).not.toBeNull())
    shown.at('again')?.click()
    await vi.waitFor(() => expect(shown.router.currentRoute.value.name).toBe('checkout'))
  })

  it('stays where it is when all of it is owned', async () => {
    const asked = vi.fn(() => ({
      course_ids: [],
      left_out: [{ course_id: 1, course_name: 'Flask', reason: 'owned' }],
    }))
    await show({ 'GET /orders/7/': () => order({ order_status: 2 }), 'POST /orders/7/again/': asked })
    await vi.waitFor(() => expect(shown.at('again')).not.toBeNull())
    shown.at('again')?.click()
    await vi.waitFor(() => expect(asked).toHaveBeenCalled())
    await vi.waitFor(() => expect(shown.at('again')?.getAttribute('aria-disabled')).toBeNull())
    expect(shown.router.currentRoute.value.name).toBe('order')
  })
})

it('the list is searched by what the address says', async () => {
  const searched: (string | null)[] = []
  answering({
    'GET /orders/counts/': (_, asked) => (searched.push(asked.get('search')), { '-1': 0 }),
    'GET /orders/pay/choices/': () => [],
    'GET /orders/list/': (_, asked) => {
      searched.push(asked.get('search'))
      return { count: 0, next: null, previous: null, results: [] }
    },
  })
  shown = await mounted(OrdersPage, {}, '/user/order?search=vue')
  await vi.waitFor(() => expect(shown.at('empty')?.textContent).toContain('没有找到订单'))
  expect(searched).toEqual(['vue', 'vue'])
  shown.at('search-clear')?.click()
  await vi.waitFor(() => expect(searched).toHaveLength(4))
  expect(searched.slice(2)).toEqual([null, null])
})
