import type { Order } from '@/api/types'
import { OrderStatus } from './orderStatus'

export type PayOutcome = 'paid' | 'free' | 'unpaid' | 'timedOut' | 'cancelled' | 'late' | 'refunded'

/** What became of paying for an order, from its point of view. */
export function payOutcome(order: Order): PayOutcome {
  switch (order.order_status) {
    case OrderStatus.PAID:
      return order.real_price === '0.00' ? 'free' : 'paid'
    case OrderStatus.TIMED_OUT:
      return 'timedOut'
    case OrderStatus.CANCELLED:
      return 'cancelled'
    case OrderStatus.REFUNDED:
      return Date.parse(order.pay_time ?? '') > Date.parse(order.expires_at) ? 'late' : 'refunded'
    default:
      return 'unpaid'
  }
}
