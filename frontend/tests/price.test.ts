import { describe, expect, it } from 'vitest'
import { fromCents, grouped, saved, toCents } from '@/lib/money'
import { creditsWorth, quote, type PriceCoupon, type PriceLine } from '@/lib/price'
import cases from './price-cases.json'

interface Case {
  lines: PriceLine[]
  coupon: PriceCoupon | null
  credit: number
  expected: { total_price: string; real_price: string; credit: number; takes_coupon: boolean } | null
}

const line = (realPrice: string, more: Partial<PriceLine> = {}): PriceLine => ({
  courseId: 1,
  realPrice,
  discounted: false,
  ...more,
})
const takeOff = (sale: string, condition = '0.00'): PriceCoupon => ({
  discount: 1,
  sale,
  condition,
  enableCourse: '__all__',
})
const rate = (sale: string): PriceCoupon => ({ discount: 2, sale, condition: '0.00', enableCourse: '__all__' })

describe('the price of a basket, by hand', () => {
  it('adds up the courses', () => {
    expect(quote([line('358.00'), line('0.01')], null, 0)).toMatchObject({ totalPrice: '358.01', realPrice: '358.01' })
  })

  it('takes the coupon first, then the credit', () => {
    expect(quote([line('399.00')], takeOff('-30', '100.00'), 120)).toEqual({
      totalPrice: '399.00',
      realPrice: '357.00',
      couponSaves: '30.00',
      credit: 120,
      takesCoupon: true,
    })
  })

  it('applies a rate to the dearest eligible course', () => {
    const lines = [line('100.00'), line('200.00', { courseId: 2 }), line('900.00', { courseId: 3, discounted: true })]
    expect(quote(lines, rate('*0.85'), 0)).toMatchObject({ realPrice: '1170.00', couponSaves: '30.00' })
  })

  it('takes off at most what the eligible courses cost', () => {
    expect(quote([line('20.00'), line('5.00', { courseId: 2, discounted: true })], takeOff('-30'), 0)).toMatchObject({
      realPrice: '5.00',
    })
  })

  it('rounds once, half up, at the end', () => {
    // 0.99 * 0.5 = 0.495
    expect(quote([line('0.99')], rate('*0.5'), 0)).toMatchObject({ realPrice: '0.50' })
    // 99.99 * 0.333 = 33.29667
    expect(quote([line('99.99')], rate('*0.333'), 0)).toMatchObject({ realPrice: '33.30' })
  })

  it('takes no credit that does not lower the price, and the last may cover less than 0.10', () => {
    expect(quote([line('1.05')], null, 100)).toMatchObject({ realPrice: '0.00', credit: 11 })
  })

  it('takes no coupon that does not lower the price', () => {
    expect(quote([line('0.00')], takeOff('-30'), 0)).toMatchObject({ realPrice: '0.00', takesCoupon: false })
  })

  it('refuses a coupon that cannot apply', () => {
    expect(quote([line('99.99')], takeOff('-30', '100.00'), 0)).toBeNull()
    expect(quote([line('358.00', { discounted: true })], takeOff('-30'), 0)).toBeNull()
    expect(quote([line('358.00')], { ...takeOff('-30'), enableCourse: [7] }, 0)).toBeNull()
  })
})

describe('the price of a basket, as the server works it out', () => {
  it.each((cases as Case[]).map((one, index) => [index, one] as const))(
    'case %i',
    (_, { lines, coupon, credit, expected }) => {
      const mine = quote(lines, coupon, credit)
      expect(
        mine && {
          total_price: mine.totalPrice,
          real_price: mine.realPrice,
          credit: mine.credit,
          takes_coupon: mine.takesCoupon,
        },
      ).toEqual(expected)
    },
  )
})

describe('money', () => {
  it('reads and writes cents', () => {
    expect(toCents('358.00')).toBe(35800n)
    expect(toCents('0.05')).toBe(5n)
    expect(toCents('-1.5')).toBe(-150n)
    expect(fromCents(5n)).toBe('0.05')
    expect(fromCents(-150n)).toBe('-1.50')
    expect(() => toCents('1.234')).toThrow()
  })

  it('stays exact where floats do not', () => {
    expect(fromCents(toCents('90071992547409.93') + 1n)).toBe('90071992547409.94')
  })

  it('is grouped for people', () => {
    expect(grouped('1234567.50')).toBe('1,234,567.50')
    expect(grouped('100.00', true)).toBe('100')
    expect(grouped('0.50', true)).toBe('0.50')
    expect(saved('399.00', '358.00')).toBe('41.00')
    expect(creditsWorth(123)).toBe('12.30')
  })
})
