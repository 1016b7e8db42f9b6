import { defineStore } from 'pinia'
import { ref } from 'vue'
import { orders } from '@/api'
import type { AccountEvent, Order, OrderEvent } from '@/api/types'
import type { StreamState } from '@/lib/liveStream'
import { OrderStatus } from '@/lib/orderStatus'
import { SharedStream } from '@/lib/sharedStream'
import { UnpaidWatch } from '@/lib/unpaidWatch'

/** A tab nobody looks at gives its connection back after this. */
const HIDDEN_MS = 60_000

type OnOrder = (event: OrderEvent) => void
type OnAccount = (event: AccountEvent) => void
type OnRefresh = () => void

/** What happens to the user's orders and account, as it happens. */
export const useLive = defineStore('live', () => {
  const state = ref<StreamState>('idle')
  const orderListeners = new Set<OnOrder>()
  const accountListeners = new Set<OnAccount>()
  const refreshListeners = new Set<OnRefresh>()
  const unpaid = new UnpaidWatch()
  /** The login whose stream it is. */
  let wanted: string | null = null
  let hidden: ReturnType<typeof setTimeout> | undefined

  const stream = new SharedStream({
    open: orders.events,
    onEvent: ({ event, data }) => {
      if (event === 'order') tell(JSON.parse(data) as OrderEvent)
      if (event === 'account') tellAccount(JSON.parse(data) as AccountEvent)
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

  function tellAccount(event: AccountEvent): void {
    accountListeners.forEach((listener) => listener(event))
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

  function start(login: string): void {
    wanted = login
    if (!document.hidden) join()
  }

  function join(): void {
    if (wanted) stream.start(`lapse.live.${wanted}`)
  }

  function stop(): void {
    wanted = null
    stream.forget()
  }

  /** Hear of each event until the returned function is called. */
  function onOrder(listener: OnOrder): () => void {
    orderListeners.add(listener)
    return () => orderListeners.delete(listener)
  }

  /** Hear of credit that staff gave or took, until the returned function is called. */
  function onAccount(listener: OnAccount): () => void {
    accountListeners.add(listener)
    return () => accountListeners.delete(listener)
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
      join()
      stream.retryNow()
      refresh()
    }
  })
  window.addEventListener('online', () => {
    stream.retryNow()
    if (wanted) refresh()
  })

  return { state, start, stop, refresh, onOrder, onAccount, onRefresh }
})

function eventOf(order: Order, kind: OrderEvent['kind']): OrderEvent {
  const { id, order_number, credit, coupon, expires_at } = order
  const order_status = order.order_status as OrderEvent['order_status']
  return { id, order_number, order_status, kind, credit, coupon, expires_at, at: new Date().toISOString() }
}
