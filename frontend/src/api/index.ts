/** The API's calls, one line each. Paths are relative: the page comes from the same server. */

import { authorized, call, get, patch, post, put, remove } from './client'
import type {
  AvailableCoupon,
  Bill,
  Cart,
  Category,
  Course,
  CourseDetail,
  EnabledCoupon,
  LedgerEntry,
  Login,
  Named,
  Order,
  OrderQuote,
  OrderRequest,
  OwnCoupon,
  OwnCourse,
  Page,
  PayLink,
  PaymentProvider,
  PaymentResult,
  PlacedOrder,
  Profile,
  ProfileChange,
  QuoteRequest,
  Registered,
  Tokens,
  WalletCoupon,
} from './types'

export interface PageRequest {
  page: number
  size: number
}

export interface CourseFilter extends PageRequest {
  direction?: number
  category?: number
  search?: string
}

type Query = Record<string, string | number | undefined>

export const users = {
  register: (username: string, password: string) =>
    post<Registered>('/users/register/', { username, password }, { token: null }),
  login: (username: string, password: string, code?: string) =>
    post<Tokens>('/users/login/', { username, password, code }, { token: null }),
  logout: (token: string) => post<void>('/users/logout/', undefined, { token }),
  me: () => get<Profile>('/users/me/'),
  change: (change: ProfileChange) => patch<Profile>('/users/me/', change),
  changePassword: (old_password: string, new_password: string) =>
    put<void>('/users/me/password/', { old_password, new_password }),
  sessions: () => get<Login[]>('/users/me/sessions/'),
  endSession: (id: number) => remove(`/users/me/sessions/${id}/`),
  ledger: (page: PageRequest) => get<Page<LedgerEntry>>('/users/me/ledger/', { query: { ...page } }),
  courses: (page: PageRequest) => get<Page<OwnCourse>>('/users/me/courses/', { query: { ...page } }),
  bills: (page: PageRequest) => get<Page<Bill>>('/users/me/bills/', { query: { ...page } }),
}

export const courses = {
  list: (filter: CourseFilter) => get<Page<Course>>('/courses/', { query: { ...filter } as Query }),
  detail: (id: number) => get<CourseDetail>(`/courses/${id}/`),
  directions: () => get<Named[]>('/courses/directions/'),
  categories: () => get<Category[]>('/courses/categories/'),
}

export const cart = {
  read: () => get<Cart>('/cart/'),
  add: (courseId: number) => post<Cart>('/cart/', { course_id: courseId }),
  select: (courseId: number, selected: boolean) => patch<Cart>(`/cart/${courseId}/`, { selected }),
  selectAll: (selected: boolean) => patch<Cart>('/cart/', { selected }),
  remove: (courseId: number) => remove(`/cart/${courseId}/`),
}

export const coupons = {
  enabled: () => get<EnabledCoupon[]>('/coupons/enable/'),
  mine: () => get<OwnCoupon[]>('/coupons/mine/'),
  available: () => get<AvailableCoupon[]>('/coupons/available/'),
  claim: (couponId: number) => post<WalletCoupon>(`/coupons/${couponId}/claim/`),
}

export const orders = {
  place: (request: OrderRequest, idempotencyKey: string) =>
    post<PlacedOrder>('/orders/', request, { headers: { 'Idempotency-Key': idempotencyKey } }),
  quote: (request: QuoteRequest) => post<OrderQuote>('/orders/quote/', request),
  list: (query: PageRequest & { status: number }) => call<Page<Order>>('GET', '/orders/list/', { query: { ...query } }),
  detail: (id: number) => call<Order>('GET', `/orders/${id}/`),
  counts: () => get<Record<string, number>>('/orders/counts/'),
  statusLabels: () => get<[number, string][]>('/orders/pay/choices/'),
  cancel: (id: number) => put<Order>(`/orders/${id}/`),
  remove: (id: number) => remove(`/orders/${id}/`),
  recover: (id: number) => post<Order>(`/orders/${id}/recover/`),
  refund: (id: number) => post<Order>(`/orders/${id}/refund/`),
  review: (id: number, courseId: number, rating: number, content: string) =>
    post<void>(`/orders/${id}/review/`, { course_id: courseId, rating, content }),
  events: (lastEventId: string | null, signal: AbortSignal) =>
    authorized('GET', '/orders/events/', {
      signal,
      headers: { Accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }) },
    }),
}

export const payments = {
  provider: () => get<PaymentProvider>('/payments/provider/', { token: null }),
  link: (orderNumber: string) => get<PayLink>(`/payments/alipay/${orderNumber}/`),
  query: (orderNumber: string) => get<PaymentResult>(`/payments/alipay/query/${orderNumber}/`),
}
