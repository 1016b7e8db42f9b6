import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answering, mounted, order, type Answers, type Mounted } from './mounted'
import OverviewPage from '@/pages/user/OverviewPage.vue'

const line = (id: number, course_name: string) => ({ id, course_id: id, course_name, course_cover: '' })
const recent = [
  order({ id: 8, order_number: '8', order_courses: [line(1, '数据结构'), line(2, 'Vue 3')] }),
  order({ id: 7, order_number: '7', order_status: 1 }),
]

let shown: Mounted
let answers: Answers

describe('the overview', () => {
  beforeEach(async () => {
    answers = {
      'GET /orders/counts/': () => ({ '-1': 2, '0': 1 }),
      'GET /orders/pay/choices/': () => [],
      'GET /coupons/mine/': () => [],
      'GET /users/me/courses/': () => ({ count: 0, results: [] }),
      'GET /orders/list/': () => ({ count: 2, results: recent }),
      'GET /payments/alipay/8/': () => ({ link: '/cashier?8' }),
    }
    answering(answers)
    shown = await mounted(OverviewPage, {}, '/user')
    await vi.waitFor(() => expect(shown.at('recent-8')).not.toBeNull())
  })
  afterEach(() => {
    shown.unmount()
    vi.restoreAllMocks()
  })

  it('shows the countdown of an unpaid order alone, and lets it be paid', async () => {
    expect(shown.at('recent-8')!.querySelector('[data-test=countdown]')).not.toBeNull()
    expect(shown.at('recent-7')!.querySelector('[data-test=countdown]')).toBeNull()
    expect(shown.at('pay-7')).toBeNull()
    const tab = { document: {}, location: { replace: vi.fn() }, opener: null }
    vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window)
    shown.at('pay-8')!.click()
    await vi.waitFor(() => expect(shown.at('paid')).not.toBeNull())
    expect(tab.location.replace).toHaveBeenCalledOnce()
    expect(shown.at('cashier-dialog')!.querySelector('[data-test=countdown]')).not.toBeNull()
  })

  it('marks the language of names, one by one', () => {
    const names = [...shown.at('recent-8')!.querySelectorAll<HTMLElement>('.what a span')]
    expect(names.map(({ lang, textContent }) => [lang, textContent])).toEqual([
      ['zh-CN', '数据结构'],
      ['', 'Vue 3'],
    ])
  })
})
