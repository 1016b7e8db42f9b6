import { ElMessage } from 'element-plus/es/components/message/index'
import { ElNotification } from 'element-plus/es/components/notification/index'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/notification/style/css'

export { ask } from './ask'

export type Tone = 'success' | 'warning' | 'info' | 'error'

/** A word at the top that goes away by itself. */
export function toast(message: string, type: Tone = 'success'): void {
  ElMessage({ message, type, grouping: true, duration: 3500, customClass: `toast toast-${type}` })
}

/** News in the corner; a click on it does `onClick`. */
export function news(title: string, message: string, type: Tone, onClick?: () => void, duration = 8000): void {
  const note = ElNotification({
    title,
    message,
    type,
    duration,
    customClass: 'news',
    offset: 72,
    onClick: () => {
      note.close()
      onClick?.()
    },
  })
}
