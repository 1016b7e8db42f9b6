import type { Order } from '@/api/types'
import { deadlineOf, msLeft, settled } from './countdown'
import { OrderStatus } from './orderStatus'

/** An order with its deadline on the browser's monotonic clock. */
export interface Entry {
  order: Order
  /** Null unless it is unpaid. */
  deadline: number | null
  /** How long the whole countdown is. */
  span: number
}

/** An order as it was received, its deadline no other than `before`'s if that says the same. */
export function entryOf(order: Order, receivedAt: number, before?: Entry): Entry {
  if (order.order_status !== OrderStatus.UNPAID) return { order, deadline: null, span: 0 }
  const deadline = settled(before?.deadline ?? undefined, deadlineOf(order.expires_in, receivedAt), receivedAt)
  const reopened = before && (before.deadline === null || deadline > before.deadline)
  const whole = Date.parse(order.expires_at) - Date.parse(order.created_time)
  return { order, deadline, span: reopened ? msLeft(deadline, receivedAt) : before?.span || whole }
}
