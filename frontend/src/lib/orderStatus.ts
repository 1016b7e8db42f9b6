/** The states of an order (contract, section 2). Their names come from the server or the catalogue. */
export const OrderStatus = { UNPAID: 0, PAID: 1, CANCELLED: 2, TIMED_OUT: 3, REFUNDED: 4 } as const

export const ALL_STATES = -1

/** In these an order holds no credit and no coupon: they were given back. */
export function gaveBack(status: number): boolean {
  return status === OrderStatus.CANCELLED || status === OrderStatus.TIMED_OUT || status === OrderStatus.REFUNDED
}

/** A paid order is kept; an unpaid one can only be cancelled. */
export function deletable(status: number): boolean {
  return gaveBack(status)
}

export type OrderAction = 'pay' | 'cancel' | 'recover' | 'refund' | 'remove' | 'again'

/** What the user can do with an order, the main thing last. */
export function actionsOf(status: number): OrderAction[] {
  switch (status) {
    case OrderStatus.UNPAID:
      return ['cancel', 'pay']
    case OrderStatus.PAID:
      return ['refund']
    case OrderStatus.TIMED_OUT:
      return ['remove', 'again', 'recover']
    default:
      return deletable(status) ? ['remove', 'again'] : []
  }
}
