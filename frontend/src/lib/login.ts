import type { RouteLocationRaw } from 'vue-router'

/** The way to the login page and back to where the user was going. */
export function loginFor(path: string): RouteLocationRaw {
  return { name: 'login', query: { next: path } }
}

/** Where to go after the login: a path of this page, whatever the address says. */
export function nextOf(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}
