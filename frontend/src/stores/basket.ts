import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { cart as api, orders } from '@/api'
import { ApiError } from '@/api/client'
import type { BoughtAgain, Cart, CartItem } from '@/api/types'
import { KeptIds } from '@/lib/keptIds'

/** Statuses of what would be refused another time as well. */
const REFUSED = [400, 404, 409, 422]

/** What is owned, or no longer sold, is not ordered. */
const isOrderable = (item: CartItem) => item.on_sale && !item.owned

/** The cart as the server has it; before the login, what will be put into it. */
export const useBasket = defineStore('basket', () => {
  const cart = ref<Cart | null>(null)
  const forLogin = new KeptIds(localStorage, 'lapse.basket')
  /** What this tab has set aside to buy one course alone. */
  const setAside = new KeptIds(sessionStorage, 'lapse.setAside')
  const waiting = ref(forLogin.read())
  /** The other tabs, whose badge must not lag behind. */
  const tabs = 'BroadcastChannel' in globalThis ? new BroadcastChannel('lapse.basket') : null

  const count = computed(() => cart.value?.items.length ?? waiting.value.length)
  const selected = computed(() => cart.value?.items.filter((item) => item.selected) ?? [])
  const orderable = computed(() => cart.value?.items.filter(isOrderable) ?? [])

  const has = (courseId: number) =>
    cart.value ? cart.value.items.some((item) => item.course_id === courseId) : waiting.value.includes(courseId)

  async function load(): Promise<void> {
    await keep(await api.read())
  }

  async function add(courseId: number): Promise<void> {
    await keep(await api.add(courseId))
  }

  async function select(courseId: number, on: boolean): Promise<void> {
    await keep(await api.select(courseId, on))
  }

  async function selectAll(on: boolean): Promise<void> {
    await keep(await api.selectAll(on))
  }

  async function remove(courseId: number): Promise<void> {
    await api.remove(courseId)
    await load()
  }

  /** Keep a course for whoever has not logged in yet. */
  function keepForLogin(courseId: number): void {
    waiting.value = [...waiting.value, courseId]
    forLogin.write(waiting.value)
  }

  /** Put in what was kept before the login. What the server refuses, for example a course that is gone, is let go. */
  async function enter(): Promise<void> {
    for (const id of forLogin.read()) {
      try {
        await api.add(id)
      } catch (error) {
        if (!(error instanceof ApiError && REFUSED.includes(error.status))) break
      }
      waiting.value = forLogin.read().filter((other) => other !== id)
      forLogin.write(waiting.value)
    }
    await load()
  }

  /** Select a course alone until `restore`, which selects again what was. */
  async function takeAlone(courseId: number): Promise<void> {
    await load()
    const others = selected.value.map((item) => item.course_id).filter((id) => id !== courseId)
    if (others.length) {
      setAside.write([...setAside.read(), ...others])
      await selectAll(false)
    }
    try {
      await add(courseId)
    } catch (error) {
      await restore()
      throw error
    }
  }

  /** Select the courses of an order alone, those that can be bought again, until `restore`. */
  async function takeAgain(orderId: number): Promise<BoughtAgain> {
    await load()
    const before = selected.value.map((item) => item.course_id)
    const answer = await orders.again(orderId)
    const others = before.filter((id) => !answer.course_ids.includes(id))
    if (answer.course_ids.length && others.length) setAside.write([...setAside.read(), ...others])
    await load()
    return answer
  }

  async function restore(): Promise<void> {
    const ids = setAside.read()
    if (!ids.length) return
    await load()
    setAside.write([])
    for (const id of ids) if (has(id)) await select(id, true)
  }

  /** What cannot be ordered would keep the others from being ordered. */
  async function keep(fresh: Cart): Promise<void> {
    for (const item of fresh.items)
      if (item.selected && !isOrderable(item)) fresh = await api.select(item.course_id, false)
    const news = JSON.stringify(fresh) !== JSON.stringify(cart.value)
    cart.value = fresh
    if (news) tabs?.postMessage('changed')
  }

  function forget(): void {
    cart.value = null
    setAside.write([])
  }

  tabs?.addEventListener('message', () => {
    // A tab that shows no basket has nothing to set right; a failure is made up for by the next change or page.
    if (cart.value)
      void api
        .read()
        .then((fresh) => (cart.value = fresh))
        .catch(() => {})
  })
  window.addEventListener('storage', () => (waiting.value = forLogin.read()))

  return {
    ...{ cart, count, selected, orderable, has, load, add, select, selectAll, remove },
    ...{ keepForLogin, enter, takeAlone, takeAgain, restore, forget },
  }
})
