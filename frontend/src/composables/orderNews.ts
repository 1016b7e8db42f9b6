import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import type { OrderEvent } from '@/api/types'
import { OrderStatus } from '@/lib/orderStatus'
import { news } from '@/lib/toast'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'

/** Tell users wherever they are what became of their orders and credit, and that an order is about to time out. */
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
    if (event.kind === 'refund') return news(text('moneyBack'), t('event.moneyBackHint'), 'success', show)
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
  const stopAccount = live.onAccount(({ credit }) => {
    const more = credit - (session.profile?.credit ?? credit)
    const text = t(more < 0 ? 'event.creditTaken' : 'event.creditGranted', { n: Math.abs(more) }, Math.abs(more))
    if (more) news(text, t('event.creditNow', { n: credit }, credit), 'info', () => void router.push({ name: 'credit' }))
    void session.loadProfile().catch(() => {})
  })
  onScopeDispose(() => {
    stop()
    stopAccount()
  })
}
