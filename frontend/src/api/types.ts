/** What goes over the wire, by the names that the page uses; generated from the API's own description. */

import type { components } from './schema'

type Schemas = components['schemas']

export interface Page<T> {
  count: number
  next: string | null
  previous: string | null
  results: T[]
}

export type Named = Schemas['Named']
export type Category = Schemas['Category']
export type Course = Schemas['Course']
export type CourseDetail = Schemas['CourseDetail']
export type CartItem = Schemas['CartItem']
export type Cart = Schemas['Cart']
export type WalletCoupon = Schemas['WalletEntry']
export type Coupon = Omit<WalletCoupon, 'user_coupon_id'>
export type EnabledCoupon = Schemas['EnabledCoupon']
export type DisabledCoupon = Schemas['DisabledCoupon']
export type OwnCoupon = Schemas['OwnCoupon']
export type CouponState = OwnCoupon['state']
export type AvailableCoupon = Schemas['AvailableCoupon']
export type OrderRequest = Schemas['OrderRequest']
export type QuoteRequest = Schemas['QuoteRequest']
export type PlacedOrder = Schemas['PlacedOrder']
export type OrderQuote = Schemas['Quote']
export type OrderLine = Schemas['OrderLine']
export type OrderCoupon = Schemas['OrderCoupon']
export type Order = Schemas['Order']
export type Happened = Schemas['Happened']
export type BoughtAgain = Schemas['Again']
export type Profile = Schemas['Profile']
export type ProfileChange = Schemas['ProfileChange']
export type Tokens = Schemas['Tokens']
export type Registered = Schemas['Registered']
export type Login = Schemas['Session']
export type LedgerEntry = Schemas['LedgerEntry']
export type OwnCourse = Schemas['OwnCourse']
export type Notification = Schemas['Notification']
export type Bill = Schemas['Bill']
export type PayLink = Schemas['PayLink']
export type PaymentProvider = Schemas['Provider']
export type PaymentResult = Schemas['PaymentResult']

/** The data of an `event: order` in `/orders/events/`. */
export type OrderEvent = Schemas['OrderEvent']
/** The data of an `event: account`: credit that staff gave or took. */
export type AccountEvent = Schemas['AccountEvent']
