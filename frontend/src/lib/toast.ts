import { shallowRef } from 'vue'

export { ask } from './ask'

export type Tone = 'success' | 'warning' | 'info' | 'error'

export interface Toast {
  id: number
  message: string
  type: Tone
}

const LASTS_MS = 3500
const MOST = 3

/** What is said now, the newest last. */
export const toasts = shallowRef<Toast[]>([])
let last = 0

/** A word at the top that goes away by itself; the same word again takes the place of the first. */
export function toast(message: string, type: Tone = 'success'): void {
  const added = { id: ++last, message, type }
  toasts.value = [...toasts.value.filter((one) => one.message !== message), added].slice(-MOST)
  setTimeout(() => (toasts.value = toasts.value.filter((one) => one !== added)), LASTS_MS)
}
