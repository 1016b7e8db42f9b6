import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { answering, mounted, order, type Mounted } from './mounted'
import { useOrders } from '@/composables/orders'

let shown: Mounted
let orders: ReturnType<typeof useOrders>
const query = ref({ status: -1, page: 1, size: 5, focus: null as number | null })

const page = (ids: number[], count: number) => ({
  count,
  next: null,
  previous: null,
  results: ids.map((id) => order({ id })),
})
const counts = { 'GET /orders/counts/': () => ({ '-1': 0 }) }

describe('the orders on screen', () => {
  afterEach(() => {
    shown.unmount()
    vi.restoreAllMocks()
  })

  async function show() {
    shown = await mounted({
      setup() {
        orders = useOrders(query)
        return () => null
      },
    })
  }

  it('keep the count of the list that is shown when an older answer comes late', async () => {
    let release = () => {}
    const late = new Promise<void>((resolve) => (release = resolve))
    answering({
      ...counts,
      'GET /orders/list/': async (_, asked) => {
        if (asked.get('status') !== '-1') return page([1], 1)
        await late
        return page([1, 2, 3], 42)
      },
    })
    query.value = { ...query.value, status: -1 }
    await show()
    query.value = { ...query.value, status: 2 }
    await vi.waitFor(() => expect(orders.count.value).toBe(1))
    release()
    await new Promise((resolve) => setTimeout(resolve))
    await nextTick()
    expect(orders.count.value).toBe(1)
    expect(orders.loaded.data.value).toHaveLength(1)
  })

  it('are gone when another tab cannot be loaded', async () => {
    answering({
      ...counts,
      'GET /orders/list/': (_, asked) => {
        if (asked.get('status') === '-1') return page([1], 1)
        throw { status: 503, code: 'store_unavailable', detail: '' }
      },
    })
    query.value = { ...query.value, status: -1 }
    await show()
    await vi.waitFor(() => expect(orders.loaded.data.value).toHaveLength(1))
    query.value = { ...query.value, status: 2 }
    await vi.waitFor(() => expect(orders.loaded.error.value).not.toBeNull())
    expect(orders.loaded.data.value).toBeUndefined()
  })
})
