/** The API's calls, one line each. Paths are relative: the page comes from the same server. */

import { authorized } from './client'
import { ask, get, patch, post, put, remove } from './typed'
import type { OrderRequest, ProfileChange, QuoteRequest } from './types'

export interface PageRequest {
  page: number
  size: number
}

export const SORTS = ['', 'newest', 'price', '-price', 'rating'] as const
export type CourseSort = (typeof SORTS)[number]

export interface CourseFilter extends PageRequest {
  direction?: number
  category?: number
  search?: string
  sort?: CourseSort
}

export const users = {
  register: (username: string, password: string) =>
    post('/users/register/', { body: { username, password }, token: null }),
  login: (username: string, password: string, code?: string) =>
    post('/users/login/', { body: { username, password, code }, token: null }),
  logout: (token: string) => post('/users/logout/', { token }),
  me: () => get('/users/me/'),
  change: (change: ProfileChange) => patch('/users/me/', { body: change }),
  setAvatar: (picture: Blob) => put('/users/me/avatar/', { body: picture }),
  removeAvatar: () => remove('/users/me/avatar/'),
  changePassword: (old_password: string, new_password: string) =>
    put('/users/me/password/', { body: { old_password, new_password } }),
  sessions: () => get('/users/me/sessions/'),
  endSession: (login_id: number) => remove('/users/me/sessions/{login_id}/', { path: { login_id } }),
  ledger: (page: PageRequest) => get('/users/me/ledger/', { query: page }),
  courses: (page: PageRequest) => get('/users/me/courses/', { query: page }),
  bills: (page: PageRequest) => get('/users/me/bills/', { query: page }),
  notifications: (page: PageRequest) => get('/users/me/notifications/', { query: page }),
  readNotifications: () => put('/users/me/notifications/read/'),
}

export const courses = {
  list: (filter: CourseFilter) => get('/courses/', { query: filter }),
  detail: (course_id: number) => get('/courses/{course_id}/', { path: { course_id } }),
  reviews: (course_id: number, page: PageRequest) =>
    get('/courses/{course_id}/reviews/', { path: { course_id }, query: page }),
  lesson: (course_id: number, lesson_id: number) =>
    get('/courses/{course_id}/lessons/{lesson_id}/', { path: { course_id, lesson_id } }),
  done: (course_id: number, lesson_id: number, done: boolean) =>
    (done ? put : remove)('/courses/{course_id}/lessons/{lesson_id}/done/', { path: { course_id, lesson_id } }),
  directions: () => get('/courses/directions/'),
  categories: () => get('/courses/categories/'),
}

export const cart = {
  read: () => get('/cart/'),
  add: (course_id: number) => post('/cart/', { body: { course_id } }),
  select: (course_id: number, selected: boolean) =>
    patch('/cart/{course_id}/', { path: { course_id }, body: { selected } }),
  selectAll: (selected: boolean) => patch('/cart/', { body: { selected } }),
  remove: (course_id: number) => remove('/cart/{course_id}/', { path: { course_id } }),
}

export const coupons = {
  enabled: () => get('/coupons/enable/'),
  disabled: () => get('/coupons/disabled/'),
  mine: () => get('/coupons/mine/'),
  available: () => get('/coupons/available/'),
  claim: (coupon_id: number) => post('/coupons/{coupon_id}/claim/', { path: { coupon_id } }),
}

export const orders = {
  place: (request: OrderRequest, idempotencyKey: string) =>
    post('/orders/', { body: request, headers: { 'Idempotency-Key': idempotencyKey } }),
  quote: (request: QuoteRequest) => post('/orders/quote/', { body: request }),
  list: (query: PageRequest & { status: number; number?: string; search?: string }) =>
    ask('get', '/orders/list/', { query }),
  detail: (order_id: number) => ask('get', '/orders/{order_id}/', { path: { order_id } }),
  counts: (search?: string) => get('/orders/counts/', { query: { search } }),
  statusLabels: async () => (await get('/orders/pay/choices/')) as [number, string][],
  cancel: (order_id: number) => put('/orders/{order_id}/', { path: { order_id } }),
  remove: (order_id: number) => remove('/orders/{order_id}/', { path: { order_id } }),
  recover: (order_id: number) => post('/orders/{order_id}/recover/', { path: { order_id } }),
  refund: (order_id: number) => post('/orders/{order_id}/refund/', { path: { order_id } }),
  history: (order_id: number) => get('/orders/{order_id}/history/', { path: { order_id } }),
  again: (order_id: number) => post('/orders/{order_id}/again/', { path: { order_id } }),
  review: (order_id: number, course_id: number, rating: number, content: string) =>
    post('/orders/{order_id}/review/', { path: { order_id }, body: { course_id, rating, content } }),
  events: (lastEventId: string | null, signal: AbortSignal) =>
    authorized('GET', '/orders/events/', {
      signal,
      headers: { Accept: 'text/event-stream', ...(lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }) },
    }),
}

export const payments = {
  provider: () => get('/payments/provider/', { token: null }),
  link: (order_number: string) => get('/payments/alipay/{order_number}/', { path: { order_number } }),
  query: (order_number: string) => get('/payments/alipay/query/{order_number}/', { path: { order_number } }),
}
