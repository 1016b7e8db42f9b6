import { afterEach, describe, expect, it } from 'vitest'
import { mounted, order, type Mounted } from './mounted'
import type { Order } from '@/api/types'
import OrderCard from '@/components/OrderCard.vue'
import ReviewDialog from '@/components/ReviewDialog.vue'
import { entryOf } from '@/lib/entry'

let shown: Mounted
const marked = (text: string) =>
  [...shown.root.querySelectorAll<HTMLElement>('[lang=zh-CN]')].some((element) => element.textContent?.trim() === text)

describe('Chinese names on any page', () => {
  afterEach(() => shown.unmount())

  it('are marked on the card of an order', async () => {
    const line = {
      id: 1,
      course_id: 1,
      course_name: '数据结构',
      course_cover: '',
      discount_name: '限时折扣',
      price: '9.00',
    }
    const told = order({
      order_status: 3,
      coupon: { name: '减 30' },
      order_courses: [{ ...line, real_price: '8.00' }],
    }) as unknown as Order
    shown = await mounted(OrderCard, { entry: entryOf(told, 0), run: async () => {} })
    expect(['数据结构', '限时折扣', '减 30'].filter(marked)).toEqual(['数据结构', '限时折扣', '减 30'])
    expect(shown.at('given-coupon')!.querySelector('[lang=zh-CN]')!.textContent).toBe('减 30')
    expect(shown.at('given-coupon')!.textContent).toContain('优惠券「减 30」')
  })

  it('are marked in the title of a review', async () => {
    shown = await mounted(ReviewDialog, { modelValue: { orderId: 7, courseId: 1, name: '数据结构' } })
    expect(marked('数据结构')).toBe(true)
    expect(shown.root.querySelector('h2')!.textContent).toContain('评价《数据结构》')
  })
})
