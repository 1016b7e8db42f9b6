import { ref } from 'vue'
import { useProblems } from './problems'

/** Something a button does: it cannot be started twice, and what goes wrong is shown. */
export function useAction<A extends unknown[]>(run: (...args: A) => Promise<unknown>) {
  const busy = ref(false)
  const problems = useProblems()

  async function start(...args: A): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      await run(...args)
    } catch (error) {
      problems.show(error)
    } finally {
      busy.value = false
    }
  }

  return { busy, start }
}
