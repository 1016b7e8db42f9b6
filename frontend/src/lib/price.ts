/**
 * What a basket costs, worked out in the browser by the server's rules (contract, section 4), so that the price
 * follows the coupon and the slider at once. The server's own quote is asked too, and has the last word.
 *
 * All amounts are whole numbers of a unit small enough for the coupon's rate: nothing is rounded before the end.
 */

import { fromCents, toCents } from './money'

export interface PriceLine {
  courseId: number
  /** After the course's own discount. */
  realPrice: string
  /** Whether it has a discount of its own; a coupon leaves such a course alone. */
  discounted: boolean
}

export interface PriceCoupon {
  /** 1 takes `sale` ("-30") off, 2 multiplies the dearest course by it ("*0.85"). */
  discount: number
  sale: string
  condition: string
  /** The courses it is for. */
  enableCourse: '__all__' | number[]
}

export interface Quote {
  totalPrice: string
  realPrice: string
  /** What the coupon takes off, rounded for display so that the sum on screen works out. */
  couponSaves: string
  /** The credits that are really taken. */
  credit: number
  takesCoupon: boolean
}

const CREDITS_PER_YUAN = 10n

/** Price the basket; `credit` is at most what the server allows. Null when the coupon cannot apply. */
export function quote(lines: PriceLine[], coupon: PriceCoupon | null, credit: number): Quote | null {
  const digits = Math.max(3, 2 + (coupon ? decimals(coupon.sale) : 0))
  const unit = 10n ** BigInt(digits)
  const money = (text: string) => toUnits(text, digits)
  const rounded = (amount: bigint) => toCents(roundHalfUp(amount, digits))

  const total = lines.reduce((sum, line) => sum + money(line.realPrice), 0n)
  const reduction = coupon ? couponReduction(lines, coupon, money, unit) : 0n
  if (reduction === null) return null

  const takesCoupon = rounded(total - reduction) < rounded(total)
  const left = takesCoupon ? total - reduction : total
  const oneCredit = unit / CREDITS_PER_YUAN
  const taken = min(BigInt(credit), creditNeeded(left, unit, oneCredit))
  const real = max(left - taken * oneCredit, 0n)
  return {
    totalPrice: fromCents(rounded(total)),
    realPrice: fromCents(rounded(real)),
    couponSaves: fromCents(rounded(total) - rounded(left)),
    credit: Number(taken),
    takesCoupon,
  }
}

/** Exactly what the coupon takes off, or null when it cannot apply. */
function couponReduction(
  lines: PriceLine[],
  coupon: PriceCoupon,
  money: (text: string) => bigint,
  unit: bigint,
): bigint | null {
  const eligible = lines.filter((line) => covers(coupon, line)).map((line) => money(line.realPrice))
  const sum = eligible.reduce((all, price) => all + price, 0n)
  if (!eligible.length || sum < money(coupon.condition)) return null
  const amount = money(coupon.sale.slice(1))
  if (coupon.discount === 1) return min(amount, sum)
  const dearest = eligible.reduce(max, 0n)
  // A price has two decimals and the rate the others, so this division leaves no remainder.
  return (dearest * (unit - amount)) / unit
}

function covers(coupon: PriceCoupon, line: PriceLine): boolean {
  if (line.discounted) return false
  return coupon.enableCourse === '__all__' || coupon.enableCourse.includes(line.courseId)
}

/** The fewest credits that leave less than half a cent of `left`. */
function creditNeeded(left: bigint, unit: bigint, oneCredit: bigint): bigint {
  const halfACent = unit / 200n
  return left < halfACent ? 0n : (left - halfACent) / oneCredit + 1n
}

function decimals(sale: string): number {
  return (sale.split('.')[1] ?? '').length
}

function toUnits(text: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(digits, '0'))
}

function roundHalfUp(amount: bigint, digits: number): string {
  const cent = 10n ** BigInt(digits - 2)
  return fromCents((amount + cent / 2n) / cent)
}

const min = (a: bigint, b: bigint) => (a < b ? a : b)
const max = (a: bigint, b: bigint) => (a > b ? a : b)

/** What so many credits are worth: 10 credits are "1.00". */
export function creditsWorth(credits: number): string {
  return fromCents(BigInt(credits) * (100n / CREDITS_PER_YUAN))
}
