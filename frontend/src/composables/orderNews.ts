import { onScopeDispose } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter, type RouteLocationRaw } from 'vue-router'
import type { OrderEvent } from '@/api/types'
import { announce } from '@/lib/announce'
import { news as show } from '@/lib/news'
import { OrderStatus } from '@/lib/orderStatus'
import type { Tone } from '@/lib/toast'
import { useLive } from '@/stores/live'
import { useSession } from '@/stores/session'

/** What is told of the states an order comes into. */
const TOLD: Partial<Record<number, { key: string; type: Tone }>> = {
  [OrderStatus.TIMED_OUT]: { key: 'timedOut', type: 'info' },
  [OrderStatus.PAID]: { key: 'paid', type: 'success' },
  [OrderStatus.REFUNDED]: { key: 'refunded', type: 'info' },
}

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

  function news(title: string, message: string, type: Tone, to: RouteLocationRaw, duration?: number): void {
    show({ title, message, type, action: t('event.show'), onAction: () => void router.push(to) }, duration)
  }

  const shows = (id: number) =>
    route.name === 'orders' || route.name === 'result' || (route.name === 'order' && Number(route.params.id) === id)

  function tell(event: OrderEvent): void {
    const to = { name: 'order', params: { id: event.id } }
    const text = (key: string) => t(`event.${key}`, { number: event.order_number })
    if (event.kind === 'reminder') return news(text('reminder'), t('event.reminderHint'), 'warning', to, 15_000)
    if (event.kind === 'refund') return news(text('moneyBack'), t('event.moneyBackHint'), 'success', to)
    if (event.kind !== 'status') return
    const told = TOLD[event.order_status]
    if (!told) return
    const things = event.order_status === OrderStatus.PAID ? '' : given(event)
    // There the order's own card shows it.
    if (shows(event.id)) announce(`${text(told.key)} ${things}`)
    else news(text(told.key), things, told.type, to)
  }

  const stop = live.onOrder((event) => {
    tell(event)
    if (event.kind !== 'reminder') void session.loadProfile().catch(() => {})
  })
  const stopAccount = live.onAccount(({ credit }) => {
    const more = credit - (session.profile?.credit ?? credit)
    const text = t(more < 0 ? 'event.creditTaken' : 'event.creditGranted', { n: Math.abs(more) }, Math.abs(more))
    if (more) news(text, t('event.creditNow', { n: credit }, credit), 'info', { name: 'credit' })
    void session.loadProfile().catch(() => {})
  })
  onScopeDispose(() => {
    stop()
    stopAccount()
  })
}
