import { computed, onMounted, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { orders as api } from '@/api'
import { ApiError } from '@/api/client'
import type { Order, OrderEvent } from '@/api/types'
import { onClockJump } from './clock'
import { deadlineOf, msLeft, settled } from '@/lib/countdown'
import { ALL_STATES, OrderStatus } from '@/lib/orderStatus'
import { useLive } from '@/stores/live'

/** How soon after a deadline, and how often from then on, to ask what became of the order. */
const DUE_MS = 1200
const DUE_AGAIN_MS = 3000

/** An order with its deadline on the browser's monotonic clock. */
export interface Entry {
  order: Order
  /** Null unless it is unpaid. */
  deadline: number | null
  /** How long the whole countdown is. */
  span: number
}

export interface OrderQuery {
  status: number
  page: number
  size: number
  /** One order alone. */
  focus: number | null
  /** The one of this number, if it is there. */
  number?: string
  /** Those with this in their number or in the name of a course. */
  search?: string
}

/** The orders on screen, kept true by events, by polling and by their own deadlines. */
export function useOrders(query: Ref<OrderQuery>) {
  const live = useLive()
  const data = shallowRef<Entry[]>()
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  const count = ref(0)
  const counts = ref<Record<string, number>>({})
  /** What changed before the user's eyes stays there, even where its tab would no longer show it. */
  const changed = new Set<number>()
  const due = new Map<number, ReturnType<typeof setTimeout>>()
  let latest = 0
  /** Whether what is shown is not what is asked for any more. */
  let outdated = false
  let latestCounts = 0

  const find = (id: number) => data.value?.find((entry) => entry.order.id === id)

  function entryOf(order: Order, receivedAt: number): Entry {
    const before = find(order.id)
    if (order.order_status !== OrderStatus.UNPAID) return { order, deadline: null, span: 0 }
    const deadline = settled(before?.deadline ?? undefined, deadlineOf(order.expires_in, receivedAt), receivedAt)
    const reopened = before && (before.deadline === null || deadline > before.deadline)
    const whole = Date.parse(order.expires_at) - Date.parse(order.created_time)
    return { order, deadline, span: reopened ? msLeft(deadline, receivedAt) : before?.span || whole }
  }

  async function fetchShown(): Promise<{ shown: Entry[]; total: number }> {
    const { focus, ...listing } = query.value
    if (focus !== null) {
      const { data: order, receivedAt } = await api.detail(focus)
      return { shown: [entryOf(order, receivedAt)], total: 1 }
    }
    const { data: page, receivedAt } = await api.list(listing)
    const shown = page.results.map((order) => entryOf(order, receivedAt))
    const ids = new Set(shown.map(({ order }) => order.id))
    const kept = (data.value ?? []).filter(({ order }) => changed.has(order.id) && !ids.has(order.id))
    const all = kept.length ? [...shown, ...kept].sort((a, b) => b.order.id - a.order.id) : shown
    return { shown: all, total: page.count }
  }

  async function load(another = false): Promise<void> {
    changed.clear()
    loading.value = true
    outdated ||= another
    await update()
  }

  /** Look again without showing that we do. */
  async function update(): Promise<void> {
    const mine = ++latest
    try {
      const [{ shown, total }] = await Promise.all([fetchShown(), loadCounts()])
      if (mine !== latest) return
      data.value = shown
      count.value = total
      outdated = false
      error.value = null
    } catch (problem) {
      if (mine !== latest) return
      if (loading.value || !data.value) error.value = problem
      if (outdated) data.value = undefined
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  async function loadCounts(): Promise<void> {
    const mine = ++latestCounts
    const answer = await api.counts(query.value.search)
    if (mine === latestCounts) counts.value = answer
  }

  /** Read one order again. */
  async function reread(id: number): Promise<void> {
    try {
      const { data: order, receivedAt } = await api.detail(id)
      const before = find(id)
      if (!before) return
      if (before.order.order_status !== order.order_status) changed.add(id)
      replace(entryOf(order, receivedAt))
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 404) drop(id)
    }
    void loadCounts().catch(() => {})
  }

  function replace(entry: Entry): void {
    data.value = data.value?.map((one) => (one.order.id === entry.order.id ? entry : one))
  }

  /** Take it off the screen. */
  function drop(id: number): void {
    changed.delete(id)
    data.value = data.value?.filter(({ order }) => order.id !== id)
  }

  function heard(event: OrderEvent): void {
    if (event.kind === 'reminder') return
    const entry = find(event.id)
    if (!entry) return void update()
    if (event.kind === 'payment') return void reread(event.id)
    changed.add(event.id)
    // The event itself says the most important; the rest is a moment behind.
    const order = { ...entry.order, order_status: event.order_status }
    if (event.order_status !== OrderStatus.UNPAID) replace({ order, deadline: null, span: 0 })
    void reread(event.id)
  }

  /** Ask, from a deadline on, until the order is no longer unpaid: the event may have been lost. */
  function watchDeadlines(): void {
    due.forEach(clearTimeout)
    due.clear()
    for (const { order, deadline } of data.value ?? []) {
      if (deadline !== null) expect(order.id, msLeft(deadline, performance.now()) + DUE_MS)
    }
  }

  function expect(id: number, wait: number): void {
    // Longer waits than a timer can hold end early, and find that nothing is due yet.
    const timer = setTimeout(
      () => {
        const deadline = find(id)?.deadline
        if (deadline === null || deadline === undefined) return
        if (deadline > performance.now()) return watchDeadlines()
        void reread(id)
        expect(id, DUE_AGAIN_MS)
      },
      Math.min(wait, 2 ** 31 - 1),
    )
    due.set(id, timer)
  }

  watch(data, (now, before) => {
    const deadlines = (entries?: Entry[]) => entries?.map(({ order, deadline }) => `${order.id}:${deadline}`).join()
    if (deadlines(now) !== deadlines(before)) watchDeadlines()
  })
  watch(query, (now, before) => {
    if (JSON.stringify(now) === JSON.stringify(before)) return
    void load(true)
  })

  onMounted(() => load())
  const stopHearing = live.onOrder(heard)
  const stopRefreshing = live.onRefresh(() => void update())
  onClockJump(() => void update())
  onScopeDispose(() => {
    stopHearing()
    stopRefreshing()
    due.forEach(clearTimeout)
  })

  const all = computed(() => counts.value[ALL_STATES] ?? 0)
  return { loaded: { data, error, loading, load }, count, counts, all, reread, update, drop }
}
