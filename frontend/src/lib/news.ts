import { ElNotification } from 'element-plus/es/components/notification/index'
import 'element-plus/es/components/notification/style/css'
import { h } from 'vue'
import type { Tone } from './toast'

const AGAIN_MS = 2000

export interface News {
  title: string
  message: string
  type: Tone
  /** What its button says and does; a click anywhere on it does the same. */
  action: string
  onAction: () => void
}

/** News in the corner. It goes away by itself, but not from under the pointer or the focus. */
export function news({ title, message, type, action, onAction }: News, duration = 8000): void {
  const open = () => {
    note.close()
    onAction()
  }
  const button = h('button', { type: 'button', class: 'bare news-open', 'data-test': 'news-open' }, action)
  const note = ElNotification({
    title,
    message: h('span', [message, ' ', button]),
    type,
    duration: 0,
    customClass: 'news',
    offset: 72,
    onClick: open,
  })
  const fade = () => {
    if (button.el?.closest('.news')?.matches(':hover, :focus-within')) setTimeout(fade, AGAIN_MS)
    else note.close()
  }
  setTimeout(fade, duration)
}
