import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import type { OrderEvent } from '@/api/types'
import { OrderStatus } from '@/lib/orderStatus'
import { news } from '@/lib/toast'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'

/** Tell the user wherever he is what became of his orders, and that one is about to time out. */
export function useOrderNews(): void {
  const { t } = useI18n({ useScope: 'global' })
  const live = useLive()
  const session = useSession()
  const route = useRoute()
  const router = useRouter()

  function given(event: OrderEvent): string {
    const things: string[] = []
    if (event.credit) things.push(t('order.givenCredit', { n: event.credit }, event.credit))
    if (event.coupon?.name) things.push(t('order.givenCoupon', { name: event.coupon.name }))
    return things.length ? t('event.back', { things: things.join(t('event.and')) }) : ''
  }

  function tell(event: OrderEvent): void {
    const show = () => void router.push({ name: 'orders', query: { focus: event.id } })
    const text = (key: string) => t(`event.${key}`, { number: event.order_number })
    if (event.kind === 'reminder') return news(text('reminder'), t('event.reminderHint'), 'warning', show, 15_000)
    // There the order's own card says it.
    if (event.kind !== 'status' || route.name === 'orders' || route.name === 'result') return
    if (event.order_status === OrderStatus.TIMED_OUT) news(text('timedOut'), given(event), 'info', show)
    if (event.order_status === OrderStatus.PAID) news(text('paid'), '', 'success', show)
    if (event.order_status === OrderStatus.REFUNDED) news(text('refunded'), given(event), 'info', show)
  }

  const stop = live.onOrder((event) => {
    tell(event)
    if (event.kind !== 'reminder') void session.loadProfile().catch(() => {})
  })
  onScopeDispose(stop)
}
