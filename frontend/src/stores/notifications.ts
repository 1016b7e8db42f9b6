import { defineStore } from 'pinia'
import { ref } from 'vue'
import { users } from '@/api'
import { useLive } from './live'

/** How much the user was told of that they have not read. */
export const useNotifications = defineStore('notifications', () => {
  const unread = ref(0)
  let latest = 0

  async function load(): Promise<void> {
    const mine = ++latest
    const answer = await users.notifications({ page: 1, size: 1 })
    if (mine === latest) unread.value = answer.unread
  }

  async function markRead(): Promise<void> {
    await users.readNotifications()
    await load()
  }

  function forget(): void {
    latest += 1
    unread.value = 0
  }

  const live = useLive()
  // A look that fails is made up for by the next.
  const look = () => void load().catch(() => {})
  live.onOrder(look)
  live.onAccount(look)
  live.onRefresh(look)

  return { unread, load, markRead, forget }
})
