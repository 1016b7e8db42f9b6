import { shallowRef } from 'vue'
import type { Tone } from './toast'

export interface News {
  title: string
  message: string
  type: Tone
  /** What its button says and does; a click anywhere on it does the same. */
  action: string
  onAction: () => void
}

export type ShownNews = News & { id: number; duration: number }

/** The news in the corner now, the newest last. */
export const shownNews = shallowRef<ShownNews[]>([])
let last = 0

/** Show news in the corner, for so many milliseconds. */
export function news(one: News, duration = 8000): void {
  shownNews.value = [...shownNews.value, { ...one, id: ++last, duration }]
}

export function removeNews(id: number): void {
  shownNews.value = shownNews.value.filter((one) => one.id !== id)
}
