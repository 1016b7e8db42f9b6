import { afterEach, describe, expect, it, vi } from 'vitest'
import { h, ref } from 'vue'
import { mounted, type Mounted } from './mounted'
import { ApiError, Unreachable } from '@/api/client'
import LoadedBlock from '@/components/LoadedBlock.vue'
import { useLoaded, type Loaded } from '@/composables/loaded'

let shown: Mounted
let loaded: Loaded<string>

async function show(fetch: () => Promise<string>) {
  shown = await mounted({
    setup() {
      loaded = useLoaded(fetch)
      return () => h(LoadedBlock as never, { of: loaded }, { default: ({ data }: { data: string }) => h('p', data) })
    },
  })
  await vi.waitFor(() => expect(loaded.loading.value).toBe(false))
}

describe('a block that is loaded', () => {
  afterEach(() => shown.unmount())

  it('says when what it shows is old', async () => {
    const fails = ref(false)
    await show(async () => {
      if (fails.value) throw new Unreachable()
      return 'list'
    })
    expect(shown.at('outdated')).toBeNull()
    fails.value = true
    await loaded.load()
    await vi.waitFor(() => expect(shown.at('outdated')?.textContent).toContain('没能更新'))
    expect(shown.root.textContent).toContain('list')
    fails.value = false
    shown.at('retry')!.click()
    await vi.waitFor(() => expect(shown.at('outdated')).toBeNull())
  })

  it('shows no list under a filter that it is not for', async () => {
    const fails = ref(false)
    await show(async () => {
      if (fails.value) throw new Unreachable()
      return 'list'
    })
    fails.value = true
    await loaded.load(true)
    await vi.waitFor(() => expect(shown.at('failed')).not.toBeNull())
    expect(shown.root.textContent).not.toContain('list')
  })

  it('does not offer to try again what is not there', async () => {
    await show(async () => {
      throw new ApiError({ status: 404, code: 'order_not_found', detail: '' })
    })
    expect(shown.at('failed')?.textContent).toContain('可能已经删除')
    expect(shown.at('retry')).toBeNull()
  })
})
