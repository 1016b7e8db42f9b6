import { onMounted, onScopeDispose, ref, shallowRef, type Ref } from 'vue'
import { ApiError, Unreachable } from '@/api/client'

/** What a page shows: nothing yet, a failure with a way to try again, or the data, which a failure leaves old. */
export interface Loaded<T> {
  data: Ref<T | undefined>
  error: Ref<unknown>
  loading: Ref<boolean>
  /** `another`: what is shown now is not what is asked for any more, and goes if this fails. */
  load: (another?: boolean) => Promise<void>
}

/** Load data when the component appears, and again whenever the network returns after a failure. */
export function useLoaded<T>(fetch: () => Promise<T>): Loaded<T> {
  const data = shallowRef<T>()
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  let latest = 0
  let outdated = false

  async function load(another = false): Promise<void> {
    const mine = ++latest
    outdated ||= another
    loading.value = true
    try {
      const answer = await fetch()
      if (mine !== latest) return
      data.value = answer
      outdated = false
      error.value = null
    } catch (problem) {
      if (mine !== latest) return
      error.value = problem
      if (outdated) data.value = undefined
      if (!(problem instanceof ApiError) && !(problem instanceof Unreachable)) console.error(problem)
    } finally {
      if (mine === latest) loading.value = false
    }
  }

  const online = () => {
    if (error.value) void load()
  }
  onMounted(() => load())
  window.addEventListener('online', online)
  onScopeDispose(() => window.removeEventListener('online', online))
  return { data, error, loading, load }
}
