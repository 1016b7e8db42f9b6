import { defineStore } from 'pinia'
import { ref } from 'vue'
import { orders } from '@/api'
import type { Order, OrderEvent } from '@/api/types'
import { LiveStream, type StreamState } from '@/lib/liveStream'
import { OrderStatus } from '@/lib/orderStatus'
import { UnpaidWatch } from '@/lib/unpaidWatch'

/** A tab nobody looks at gives its connection back after this. */
const HIDDEN_MS = 60_000

type OnOrder = (event: OrderEvent) => void
type OnRefresh = () => void

/** What happens to the user's orders, as it happens. */
export const useLive = defineStore('live', () => {
  const state = ref<StreamState>('idle')
  const orderListeners = new Set<OnOrder>()
  const refreshListeners = new Set<OnRefresh>()
  const unpaid = new UnpaidWatch()
  let wanted = false
  let hidden: ReturnType<typeof setTimeout> | undefined

  const stream = new LiveStream({
    open: orders.events,
    onEvent: ({ event, data }) => {
      if (event === 'order') tell(JSON.parse(data) as OrderEvent)
    },
    onState: (value) => {
      state.value = value
      if (value !== 'polling') unpaid.forget()
    },
    poll: () => {
      refresh()
      // A look that fails is made up for by the next.
      if (state.value === 'polling') void look().catch(() => {})
    },
  })

  function tell(event: OrderEvent): void {
    orderListeners.forEach((listener) => listener(event))
  }

  /** Tell what the stream would have told of the unpaid orders. */
  async function look(): Promise<void> {
    const { data } = await orders.list({ page: 1, size: 20, status: OrderStatus.UNPAID })
    const { closed, near } = unpaid.look(data.results)
    near.forEach((order) => tell(eventOf(order, 'reminder')))
    for (const id of closed) tell(eventOf((await orders.detail(id)).data, 'status'))
  }

  /** Ask everybody to look at the server again. */
  function refresh(): void {
    refreshListeners.forEach((listener) => listener())
  }

  function start(): void {
    wanted = true
    if (!document.hidden) stream.start()
  }

  function stop(): void {
    wanted = false
    stream.forget()
  }

  /** Hear of each event until the returned function is called. */
  function onOrder(listener: OnOrder): () => void {
    orderListeners.add(listener)
    return () => orderListeners.delete(listener)
  }

  /** Be told to look at the server again, for example when polling. */
  function onRefresh(listener: OnRefresh): () => void {
    refreshListeners.add(listener)
    return () => refreshListeners.delete(listener)
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden)
    if (document.hidden) hidden = setTimeout(() => stream.stop(), HIDDEN_MS)
    else if (wanted) {
      stream.start()
      stream.retryNow()
      refresh()
    }
  })
  window.addEventListener('online', () => {
    stream.retryNow()
    if (wanted) refresh()
  })

  return { state, start, stop, refresh, onOrder, onRefresh }
})

function eventOf(order: Order, kind: OrderEvent['kind']): OrderEvent {
  const { id, order_number, credit, coupon, expires_at } = order
  const order_status = order.order_status as OrderEvent['order_status']
  return { id, order_number, order_status, kind, credit, coupon, expires_at, at: new Date().toISOString() }
}
