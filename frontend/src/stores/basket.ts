import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { cart as api } from '@/api'
import type { Cart } from '@/api/types'

/** The cart as the server has it. */
export const useBasket = defineStore('basket', () => {
  const cart = ref<Cart | null>(null)
  const count = computed(() => cart.value?.items.length ?? 0)
  const selected = computed(() => cart.value?.items.filter((item) => item.selected) ?? [])

  const has = (courseId: number) => cart.value?.items.some((item) => item.course_id === courseId) ?? false

  async function load(): Promise<void> {
    cart.value = await api.read()
  }

  async function add(courseId: number): Promise<void> {
    cart.value = await api.add(courseId)
  }

  async function select(courseId: number, on: boolean): Promise<void> {
    cart.value = await api.select(courseId, on)
  }

  async function selectAll(on: boolean): Promise<void> {
    cart.value = await api.selectAll(on)
  }

  async function remove(courseId: number): Promise<void> {
    await api.remove(courseId)
    await load()
  }

  function forget(): void {
    cart.value = null
  }

  return { cart, count, selected, has, load, add, select, selectAll, remove, forget }
})
