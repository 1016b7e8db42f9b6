import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import type { Entry } from './orders'
import { openCashier } from './cashier'
import { useProblems } from './problems'
import { orders as api } from '@/api'
import type { Order, OrderLine } from '@/api/types'
import type { Waiting } from '@/components/CashierDialog.vue'
import type { Reviewed } from '@/components/ReviewDialog.vue'
import { grouped } from '@/lib/money'
import { OrderStatus, type OrderAction } from '@/lib/orderStatus'
import { ask, toast } from '@/lib/toast'
import { useBasket } from '@/stores/basket'
import { useSession } from '@/stores/session'

/** The orders that are acted on, as `useOrders` gives them. */
interface Shown {
  loaded: { data: Ref<Entry[] | undefined> }
  reread: (id: number) => Promise<void>
  update: () => Promise<void>
  drop: (id: number) => void
}

/** What the buttons of an order do, and the dialogs that some of them open. */
export function useOrderActions(orders: Shown) {
  const { t } = useI18n({ useScope: 'global' })
  const router = useRouter()
  const basket = useBasket()
  const session = useSession()
  const problems = useProblems()
  const waiting = ref<Waiting | null>(null)
  const reviewing = ref<Reviewed | null>(null)
  let underPay: number | null = null

  // A payment made elsewhere ends the waiting for it.
  watch(orders.loaded.data, (entries) => {
    const order = entries?.find(({ order }) => order.id === waiting.value?.id)?.order
    if (order && order.order_status !== OrderStatus.UNPAID) waiting.value = null
  })

  async function run(action: OrderAction, order: Order): Promise<void> {
    if (action === 'pay') return pay(order)
    if (action === 'again') return buyAgain(order)
    if (!(await confirmed(action, order))) return
    try {
      await api[action](order.id)
      if (action === 'remove') orders.drop(order.id)
      toast(t(`order.done.${action}`))
    } catch (error) {
      problems.show(error)
    }
    if (action === 'remove') await orders.update()
    else await orders.reread(order.id)
    void session.loadProfile().catch(() => {})
  }

  async function confirmed(action: OrderAction, order: Order): Promise<boolean> {
    if (action !== 'cancel' && action !== 'remove' && action !== 'refund') return true
    const amount = grouped(order.real_price)
    return ask({
      title: t(`order.${action}`),
      text: t(`order.ask.${action}`, { amount }),
      yes: t(`order.${action}`),
      no: t('common.back'),
      dangerous: true,
    })
  }

  async function pay(order: Order): Promise<void> {
    try {
      const cashier = await openCashier(order.order_number, t('order.paying'))
      underPay = order.id
      waiting.value = { ...cashier, id: order.id, orderNumber: order.order_number }
    } catch (error) {
      problems.show(error)
      await orders.reread(order.id)
    }
  }

  async function buyAgain(order: Order): Promise<void> {
    try {
      const { course_ids, left_out } = await basket.takeAgain(order.id)
      const names = left_out.map((course) => course.course_name).join(t('event.and'))
      if (names) toast(t(course_ids.length ? 'order.leftOut' : 'order.allLeftOut', { names }), 'warning')
      if (course_ids.length) await router.push({ name: 'checkout' })
    } catch (error) {
      problems.show(error)
      await orders.reread(order.id)
    }
  }

  /** Where the button that opened the cashier is gone, the focus goes to its order. */
  function land(): void {
    if (document.activeElement !== document.body || underPay === null) return
    document.querySelector<HTMLElement>(`[data-test=order-${underPay}]`)?.focus({ preventScroll: true })
  }

  function review(order: Order, line: OrderLine): void {
    reviewing.value = { orderId: order.id, courseId: line.course_id, name: line.course_name }
  }

  return { run, review, land, waiting, reviewing }
}
