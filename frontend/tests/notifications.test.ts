import { afterEach, expect, it, vi } from 'vitest'
import { answering, mounted, type Mounted } from './mounted'
import NotificationBell from '@/components/NotificationBell.vue'
import NotificationsPage from '@/pages/user/NotificationsPage.vue'
import { useLive } from '@/stores/live'
import { useNotifications } from '@/stores/notifications'

let shown: Mounted
let unread = 0
const about = (more: object) => ({
  ...{ id: 'E1', created_time: '2026-11-25T08:15:00.000000+00:00', what: 'timed_out', read: false },
  ...{ order_id: 7, order_number: '202611250000000100000007', amount: null, credit: 0, coupon: '', note: '' },
  ...more,
})
const page = (results: object[]) => () => ({ count: results.length, next: null, previous: null, unread, results })

afterEach(() => {
  shown.unmount()
  vi.restoreAllMocks()
})

it('are told in words, lead to their orders, and are read once they are seen', async () => {
  unread = 2
  const read = vi.fn(() => ((unread = 0), {}))
  const coupon = { id: 'C1', what: 'coupon', coupon: '减 30', order_id: null, order_number: null }
  answering({
    'GET /users/me/notifications/': page([about({}), about(coupon)]),
    'PUT /users/me/notifications/read/': read,
  })
  shown = await mounted(NotificationsPage, {}, '/user/notifications')
  await vi.waitFor(() => expect(shown.at('told-coupon')?.textContent).toContain('收到优惠券「减 30」'))
  expect(shown.at('told-timed_out')?.textContent).toContain('自动关闭')
  expect(shown.at('told-timed_out')?.querySelector('a')?.getAttribute('href')).toBe('/user/orders/7')
  await vi.waitFor(() => expect(useNotifications(shown.pinia).unread).toBe(0))
  expect(read).toHaveBeenCalledTimes(1)
})

it('are counted on the bell, and again when something happens', async () => {
  unread = 0
  answering({ 'GET /users/me/notifications/': page([]) })
  shown = await mounted(NotificationBell)
  await useNotifications(shown.pinia).load()
  expect(shown.at('unread')).toBeNull()
  unread = 120
  useLive(shown.pinia).refresh()
  await vi.waitFor(() => expect(shown.at('unread')?.textContent).toBe('99+'))
  expect(shown.at('bell')?.getAttribute('aria-label')).toBe('通知，120 条未读')
})
