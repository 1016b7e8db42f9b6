import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, mounted, type Answers, type Mounted } from './mounted'
import CheckoutPage from '@/pages/CheckoutPage.vue'

const coupon = (user_coupon_id: number, more: object) => ({
  user_coupon_id,
  coupon_id: 1,
  name: '减 30',
  discount: 1,
  coupon_type: 0,
  start_time: '2026-01-01T00:00:00+00:00',
  end_time: '2036-01-01T00:00:00+00:00',
  condition: '0.00',
  sale: '-30',
  to_direction: [],
  to_category: [],
  to_course: [],
  missing: null,
  order_number: null,
  ...more,
})
const item = (more: object = {}) => ({
  course_id: 1,
  name: '课程',
  cover: '',
  price: '100.00',
  discount: {},
  selected: true,
  owned: false,
  on_sale: true,
  ...more,
})
const quoted = {
  total_price: '100.00',
  real_price: '100.00',
  credit: 0,
  credit_allowed: 500,
  balance: 200,
  takes_coupon: false,
}

let shown: Mounted

interface Shop {
  items?: object[]
  disabled?: object[]
  quote?: object
  more?: Answers
}

async function show({ items = [item()], disabled = [], quote = {}, more = {} }: Shop = {}): Promise<void> {
  answering({
    'GET /cart/': () => ({ items, total_price: '100.00', real_price: '100.00' }),
    'GET /coupons/enable/': () => [],
    'GET /coupons/disabled/': () => disabled,
    'POST /orders/quote/': () => ({ ...quoted, ...quote }),
    ...more,
  })
  shown = await mounted(CheckoutPage, {}, '/checkout')
  await vi.waitFor(() => expect(shown.at('price-real')?.dataset.confirmed).toBe('true'))
}

describe('the check-out', () => {
  afterEach(() => {
    shown.unmount()
    vi.restoreAllMocks()
  })

  it('says of each coupon why it cannot be used', async () => {
    await show({
      disabled: [
        coupon(1, { reason: 'held', order_number: '2026-7' }),
        coupon(2, { reason: 'not_started' }),
        coupon(3, { reason: 'other_courses' }),
        coupon(4, { reason: 'discounted' }),
        coupon(5, { reason: 'below_condition', missing: '20.00' }),
      ],
    })
    const said = [1, 2, 3, 4, 5].map((id) => shown.at(`disabled-coupon-${id}`)!.querySelector('.reason')!.textContent)
    expect(said).toEqual([
      '正用于订单 2026-7',
      '还没到使用时间',
      '不适用于所选课程',
      '所选课程已有课程优惠，不能再用',
      '还差 ¥20.00 可用',
    ])
    expect(shown.at('no-coupons')!.textContent).toContain('没有可用于这些课程的优惠券')
    expect(shown.root.querySelectorAll('[data-test^=disabled-coupon] input')).toHaveLength(0)
  })

  it('says that discounted courses take no coupon, where there are both', async () => {
    await show({ items: [item({ discount: { type: '限时', price: '90.00' } })], disabled: [] })
    expect(shown.at('no-coupon-on-discounted')).toBeNull()
    expect(shown.at('no-coupons')!.textContent).toContain('还没有优惠券')
    shown.unmount()
    await show({
      items: [item({ discount: { type: '限时', price: '90.00' } })],
      disabled: [coupon(4, { reason: 'discounted' })],
    })
    expect(shown.at('no-coupon-on-discounted')!.textContent).toContain('不参与优惠券')
  })

  it.each([
    [{ balance: 0 }, '你的积分是 0'],
    [{ credit_allowed: 0 }, '所选课程不能使用积分'],
  ])('says why no credit can be used: %o', async (quote, words) => {
    await show({ quote })
    expect(shown.at('no-credit')!.textContent).toBe(words)
  })

  it('shows at the credit that it is too much by now', async () => {
    await show({
      more: {
        'POST /orders/': () => {
          throw { status: 409, code: 'credit_gone', detail: '' }
        },
      },
    })
    shown.at('place')!.click()
    await vi.waitFor(() => expect(shown.at('credit-input')!.getAttribute('aria-invalid')).toBe('true'))
    expect(shown.root.querySelector('#wrong-credit')!.textContent).toBe('积分不足。')
  })
})
