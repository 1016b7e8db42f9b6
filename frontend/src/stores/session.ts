import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { users } from '@/api'
import { useTokens } from '@/api/client'
import type { Profile, Tokens } from '@/api/types'
import { loginOf } from '@/lib/login'

const KEPT = 'lapse.session'

/** Who is logged in; shared by all tabs. */
export const useSession = defineStore('session', () => {
  const tokens = ref<Tokens | null>(kept())
  const profile = ref<Profile | null>(null)
  const loggedIn = computed(() => tokens.value !== null)
  /** Another one when another user is logged in, or the same one anew. */
  const login = computed(() => tokens.value && loginOf(tokens.value.refresh_token))
  /** Set when a login ended by itself, so that the page can say so. */
  const expired = ref(false)

  function keep(value: Tokens | null): void {
    tokens.value = value
    if (value) localStorage.setItem(KEPT, JSON.stringify(value))
    else localStorage.removeItem(KEPT)
  }

  async function logIn(username: string, password: string, code?: string): Promise<void> {
    const fresh = await users.login(username, password, code)
    profile.value = null
    expired.value = false
    keep(fresh)
    await loadProfile()
  }

  async function register(username: string, password: string): Promise<void> {
    await users.register(username, password)
    await logIn(username, password)
  }

  async function logout(): Promise<void> {
    const token = tokens.value?.refresh_token
    keep(null)
    profile.value = null
    // The login is gone from this browser whether or not the server hears of it.
    if (token) await users.logout(token).catch(() => {})
  }

  async function loadProfile(): Promise<void> {
    if (!loggedIn.value) return
    profile.value = await users.me()
  }

  useTokens({
    access: () => tokens.value?.token ?? null,
    refresh: () => {
      tokens.value = kept()
      return tokens.value?.refresh_token ?? null
    },
    renewed: (fresh) => {
      if (loginOf(fresh.refresh_token) === login.value) keep(fresh)
    },
    lost: () => {
      expired.value = loggedIn.value
      keep(null)
      profile.value = null
    },
  })

  window.addEventListener('storage', (event) => {
    if (event.key !== KEPT && event.key !== null) return
    const before = login.value
    tokens.value = kept()
    if (login.value !== before) profile.value = null
  })

  return { tokens, profile, loggedIn, login, expired, logIn, register, logout, loadProfile }
})

function kept(): Tokens | null {
  try {
    const value = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Tokens | null
    return value?.token && value.refresh_token ? value : null
  } catch {
    return null
  }
}
