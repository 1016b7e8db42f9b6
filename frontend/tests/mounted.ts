import { createPinia, type Pinia } from 'pinia'
import { createApp, h, type Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { vi } from 'vitest'
import { i18n, useLocale } from '@/i18n'
import { router as real } from '@/router'

export interface Mounted {
  root: HTMLElement
  router: Router
  pinia: Pinia
  at: (name: string) => HTMLElement | null
  unmount: () => void
}

/** Show a component as the page does, in Chinese, at an address; the other pages are empty. */
export async function mounted(component: Component, props: object = {}, path = '/'): Promise<Mounted> {
  await useLocale('zh')
  const nothing = { render: () => null }
  const routes = real.getRoutes().map(({ path, name }) => ({ path, name: name ?? undefined, component: nothing }))
  const router = createRouter({ history: createMemoryHistory(), routes: routes as never })
  await router.push(path)
  const pinia = createPinia()
  const root = document.body.appendChild(document.createElement('div'))
  const app = createApp({ render: () => h(component, props) })
  app.use(pinia).use(i18n).use(router).mount(root)
  const at = (name: string) => root.querySelector<HTMLElement>(`[data-test="${name}"]`)
  return { root, router, pinia, at, unmount: () => (app.unmount(), root.remove()) }
}

export type Answers = Record<string, (body: unknown, query: URLSearchParams) => unknown>

/** Let the API answer: by `GET /path/`, with what the function returns, or with the problem that it throws. */
export function answering(answers: Answers) {
  return vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = new URL(String(input), 'http://shop')
    const answer = answers[`${init?.method} ${url.pathname}`]
    if (!answer) throw new TypeError(`unexpected: ${init?.method} ${url.pathname}`)
    try {
      const body: unknown = init?.body ? JSON.parse(String(init.body)) : undefined
      return Response.json(await answer(body, url.searchParams))
    } catch (problem) {
      if (problem instanceof Error) throw problem
      return Response.json(problem, { status: (problem as { status: number }).status })
    }
  })
}

/** An order as the API tells it, unpaid for another quarter of an hour. */
export function order(more: object = {}) {
  return {
    id: 7,
    order_number: '202611250000000100000007',
    total_price: '100.00',
    real_price: '90.00',
    pay_time: null,
    created_time: '2026-11-25T08:00:00.000000+00:00',
    expires_at: '2026-11-25T08:15:00.000000+00:00',
    expires_in: 900,
    credit: 100,
    coupon: {},
    pay_type: 0,
    order_status: 0,
    order_courses: [],
    ...more,
  }
}
