import type { Order } from '@/api/types'

/** The server reminds of a deadline this long before it. */
export const REMINDER_S = 300

/** Finds out by looking at the unpaid orders now and then what the stream would have told. */
export class UnpaidWatch {
  private known: Map<number, Order> | null = null

  /** Compare with the last look: orders that are unpaid no longer, and those that came near their deadline. */
  look(unpaid: Order[]): { closed: number[]; near: Order[] } {
    const before = this.known
    this.known = new Map(unpaid.map((order) => [order.id, order]))
    if (!before) return { closed: [], near: [] }
    return {
      closed: [...before.keys()].filter((id) => !this.known!.has(id)),
      near: unpaid.filter((order) => isNear(order) && before.has(order.id) && !isNear(before.get(order.id)!)),
    }
  }

  /** Begin anew: what happens from now on is somebody else's to tell. */
  forget(): void {
    this.known = null
  }
}

function isNear(order: Order): boolean {
  return order.expires_in <= REMINDER_S
}
