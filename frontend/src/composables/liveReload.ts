import { onScopeDispose } from 'vue'
import { useLive } from '@/stores/live'

/** Load again, without a word, whenever something happened to the user's orders or account. */
export function useLiveReload(load: () => Promise<void>): void {
  const live = useLive()
  const again = () => void load()
  const stops = [live.onOrder(again), live.onAccount(again), live.onRefresh(again)]
  onScopeDispose(() => stops.forEach((stop) => stop()))
}
