import { ElMessage } from 'element-plus/es/components/message/index'
import 'element-plus/es/components/message/style/css'

export { ask } from './ask'

export type Tone = 'success' | 'warning' | 'info' | 'error'

/** A word at the top that goes away by itself. */
export function toast(message: string, type: Tone = 'success'): void {
  ElMessage({ message, type, grouping: true, duration: 3500, customClass: `toast toast-${type}` })
}
