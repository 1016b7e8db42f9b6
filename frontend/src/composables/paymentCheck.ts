import { onScopeDispose, ref } from 'vue'
import { payments } from '@/api'
import { ApiError } from '@/api/client'
import { useProblems } from './problems'

/** The provider's notice may be a moment behind the browser. */
const TRIES = 5
const PAUSE_MS = 1500

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

/** Have the server ask the provider about an order for a few seconds, or until `isOver`; `update` looks what came of it. */
export function usePaymentCheck(orderNumber: () => string, isOver: () => boolean, update: () => Promise<void>) {
  const asking = ref(false)
  const problems = useProblems()
  let gone = false
  onScopeDispose(() => (gone = true))

  async function ask(): Promise<void> {
    try {
      await payments.query(orderNumber())
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409) throw error
    }
  }

  async function check(): Promise<void> {
    asking.value = true
    try {
      for (let attempt = 0; attempt < TRIES; attempt += 1) {
        if (attempt) await pause()
        if (gone || isOver()) return
        await ask()
        await update()
      }
    } catch (error) {
      problems.show(error)
    } finally {
      asking.value = false
    }
  }

  return { asking, check }
}
