import { computed, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useLoaded } from './loaded'
import type { PageRequest } from '@/api'
import type { Page } from '@/api/types'
import { numberIn } from '@/lib/query'

/** A list in pages; which page is in the address. */
export function usePaged<P extends Page<unknown>>(size: number, fetch: (page: PageRequest) => Promise<P>) {
  const route = useRoute()
  const router = useRouter()
  const name = route.name
  const page = computed(() => numberIn(route.query.page, 1))
  const loaded = useLoaded(() => fetch({ page: page.value, size }))

  watch(page, () => {
    if (route.name === name) void loaded.load(true)
  })

  function turn(to: number): void {
    void router.push({ query: { ...route.query, page: to > 1 ? to : undefined } })
    window.scrollTo({ top: 0 })
  }

  return { loaded, page, size, turn }
}
