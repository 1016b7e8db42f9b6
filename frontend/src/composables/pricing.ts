import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { orders } from '@/api'
import type { CartItem, EnabledCoupon, OrderQuote } from '@/api/types'
import { quote, type PriceLine, type Quote } from '@/lib/price'

const DEBOUNCE_MS = 200

/** The price of the selected courses: worked out here at once, and by the server a moment later. */
export function usePricing(
  items: Ref<CartItem[]>,
  coupon: Ref<EnabledCoupon | null>,
  credit: Ref<number>,
  base: Ref<OrderQuote | undefined>,
) {
  const answer = shallowRef<{ request: string; quote: OrderQuote }>()
  const error = ref<unknown>(null)
  let timer: ReturnType<typeof setTimeout> | undefined

  const lines = computed((): PriceLine[] =>
    items.value.map((item) => ({
      courseId: item.course_id,
      realPrice: item.discount.price ?? item.price,
      discounted: item.discount.price !== undefined,
    })),
  )
  const rule = computed(() =>
    coupon.value
      ? {
          discount: coupon.value.discount,
          sale: coupon.value.sale,
          condition: coupon.value.condition,
          enableCourse: coupon.value.enable_course,
        }
      : null,
  )
  const allowed = computed(() => (base.value ? Math.min(base.value.balance, base.value.credit_allowed) : 0))
  /** The most credits that still lower the price. */
  const mostCredit = computed(() => quote(lines.value, rule.value, allowed.value)?.credit ?? 0)
  const preview = computed((): Quote | null => quote(lines.value, rule.value, credit.value))

  const request = computed(() => ({ user_coupon_id: coupon.value?.user_coupon_id ?? -1, credit: credit.value }))
  const requestKey = computed(() => JSON.stringify([request.value, lines.value]))
  const confirmed = computed(() => (answer.value?.request === requestKey.value ? answer.value.quote : null))
  const realPrice = computed(() => confirmed.value?.real_price ?? preview.value?.realPrice ?? '0.00')

  async function confirm(): Promise<void> {
    const key = requestKey.value
    error.value = null
    try {
      const quoted = await orders.quote(request.value)
      if (key === requestKey.value) answer.value = { request: key, quote: quoted }
    } catch (problem) {
      if (key === requestKey.value) error.value = problem
    }
  }

  watch(
    [requestKey, base],
    () => {
      clearTimeout(timer)
      if (base.value && lines.value.length) timer = setTimeout(confirm, DEBOUNCE_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  return { preview, allowed, mostCredit, confirmed, realPrice, error, confirm, request }
}
