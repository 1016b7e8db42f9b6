import { ElMessage } from 'element-plus/es/components/message/index'
import { ElMessageBox } from 'element-plus/es/components/message-box/index'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/message-box/style/css'

export type Tone = 'success' | 'warning' | 'info' | 'error'

/** A word at the top that goes away by itself. */
export function toast(message: string, type: Tone = 'success'): void {
  ElMessage({ message, type, grouping: true, duration: 3500, customClass: `toast toast-${type}` })
}

export interface Question {
  title: string
  text: string
  yes: string
  no: string
  dangerous?: boolean
}

/** Ask before something that cannot be undone; the safe answer has the focus. */
export async function ask(question: Question): Promise<boolean> {
  try {
    await ElMessageBox.confirm(question.text, question.title, {
      confirmButtonText: question.yes,
      cancelButtonText: question.no,
      confirmButtonClass: question.dangerous ? 'el-button--danger ask-yes' : 'ask-yes',
      cancelButtonClass: 'ask-no',
      customClass: 'ask',
      closeOnClickModal: false,
      showClose: false,
    })
    return true
  } catch {
    return false
  }
}
