import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { cart as api } from '@/api'
import type { Cart } from '@/api/types'

/** The cart as the server has it. */
export const useBasket = defineStore('basket', () => {
  const cart = ref<Cart | null>(null)
  /** The other tabs, whose badge must not lag behind. */
  const tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('lapse.basket') : null
  const count = computed(() => cart.value?.items.length ?? 0)
  const selected = computed(() => cart.value?.items.filter((item) => item.selected) ?? [])

  const has = (courseId: number) => cart.value?.items.some((item) => item.course_id === courseId) ?? false

  async function load(): Promise<void> {
    keep(await api.read())
  }

  async function add(courseId: number): Promise<void> {
    keep(await api.add(courseId))
  }

  async function select(courseId: number, on: boolean): Promise<void> {
    keep(await api.select(courseId, on))
  }

  async function selectAll(on: boolean): Promise<void> {
    keep(await api.selectAll(on))
  }

  function keep(fresh: Cart): void {
    const news = JSON.stringify(fresh) !== JSON.stringify(cart.value)
    cart.value = fresh
    if (news) tabs?.postMessage('changed')
  }

  async function remove(courseId: number): Promise<void> {
    await api.remove(courseId)
    await load()
  }

  function forget(): void {
    cart.value = null
  }

  tabs?.addEventListener('message', () => {
    // A tab that shows no basket has nothing to set right; a failure is made up for by the next change or page.
    if (cart.value) void api.read().then((fresh) => (cart.value = fresh)).catch(() => {})
  })

  return { cart, count, selected, has, load, add, select, selectAll, remove, forget }
})
