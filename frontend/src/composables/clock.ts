import { onScopeDispose, readonly, ref } from 'vue'
import { ClockWatch } from '@/lib/countdown'

const TICK_MS = 250

const now = ref(performance.now())
const watch = new ClockWatch(
  () => performance.now(),
  () => Date.now(),
)
const jumpListeners = new Set<() => void>()
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** The monotonic clock in milliseconds, reactive; it ticks while somebody uses it. */
export function useClock() {
  users += 1
  if (users === 1) {
    tick()
    timer = setInterval(tick, TICK_MS)
  }
  onScopeDispose(() => {
    users -= 1
    if (users === 0) clearInterval(timer)
  })
  return readonly(now)
}

/** Call `listener` when deadlines must be asked for again: the machine slept, its clock was set, the page came back. */
export function onClockJump(listener: () => void): void {
  jumpListeners.add(listener)
  onScopeDispose(() => jumpListeners.delete(listener))
}

function tick(): void {
  now.value = performance.now()
  if (watch.jumped()) jump()
}

function jump(): void {
  jumpListeners.forEach((listener) => listener())
}

window.addEventListener('pageshow', (event) => {
  if (event.persisted) jump()
})
