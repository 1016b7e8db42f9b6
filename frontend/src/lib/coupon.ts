import type { Coupon } from '@/api/types'

export const Discount = { TAKE_OFF: 1, RATE: 2 } as const

/** The `user_coupon_id` of an order without one. */
export const NO_COUPON = -1

/** A rate such as "*0.85" as Chinese shops say it: "8.5" (折). Empty when nothing is left to pay. */
export function tenths(sale: string): string {
  const fraction = fractionOf(sale)
  return fraction.length > 1 ? `${fraction[0]}.${fraction.slice(1)}` : fraction
}

/** The same as English shops say it: "15" (% off). */
export function percentOff(sale: string): string {
  const fraction = fractionOf(sale)
  const scale = 10n ** BigInt(fraction.length)
  const hundredths = ((scale - BigInt(fraction || '0')) * 10_000n) / scale
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`.replace(/\.?0+$/, '')
}

/** What the coupon is for, by name; empty when it is for everything. */
export function scopeOf(coupon: Coupon): string[] {
  return [...coupon.to_direction, ...coupon.to_category, ...coupon.to_course].map(({ name }) => name)
}

function fractionOf(sale: string): string {
  return (sale.split('.')[1] ?? '').replace(/0+$/, '')
}
