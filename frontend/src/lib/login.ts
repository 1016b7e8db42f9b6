import type { RouteLocationRaw } from 'vue-router'

/** The way to the login page and back to where the user was going. */
export function loginFor(path: string): RouteLocationRaw {
  return { name: 'login', query: { next: path } }
}

/** Which login a token is of: the same for each one that it is renewed to. */
export function loginOf(token: string): string {
  try {
    const claims = atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'))
    return (JSON.parse(claims) as { sid: string }).sid
  } catch {
    return token
  }
}

/** Where to go after the login: a path of this page, whatever the address says. */
export function nextOf(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}
