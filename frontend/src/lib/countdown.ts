/**
 * A deadline that a wrong clock cannot move. The server says how many seconds are left; from then on only the
 * browser's monotonic clock counts (`performance.now()`), never the time of day.
 */

/** The moment, on the monotonic clock, at which an answer received at `receivedAt` says that time is up. */
export function deadlineOf(expiresIn: number, receivedAt: number): number {
  return receivedAt + expiresIn * 1000
}

/**
 * Take over a newer answer, but not its rounding: `expires_in` is whole seconds, and a countdown should not hop. Nor
 * does a deadline that is over move when the answer, with nothing left, says so again.
 */
export function settled(before: number | undefined, after: number, receivedAt: number): number {
  if (before === undefined) return after
  const overAlready = before <= receivedAt && after <= receivedAt
  return overAlready || Math.abs(after - before) <= 1500 ? before : after
}

/** How long after its deadline an order that is still open is slow to close. */
const SLOW_MS = 5000

/** Whether the deadline is so long over that the order should have been closed. */
export function slowToClose(deadline: number, now: number): boolean {
  return now - deadline > SLOW_MS
}

/** Milliseconds left, never below 0. */
export function msLeft(deadline: number, now: number): number {
  return Math.max(0, deadline - now)
}

/** "14:59", or "1:00:00" from an hour on. A started second counts as a whole one. */
export function clockFace(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`
  return hours ? `${hours}:${rest}` : rest
}

/**
 * Notices that the machine slept or that its clock was set: the time of day then moved otherwise than the monotonic
 * clock, which in some browsers stands still during sleep. Deadlines must be asked for again.
 */
export class ClockWatch {
  private offset: number

  constructor(
    private readonly monotonic: () => number,
    private readonly timeOfDay: () => number,
    private readonly tolerance = 2000,
  ) {
    this.offset = timeOfDay() - monotonic()
  }

  /** Whether the clocks drifted apart since the last look. */
  jumped(): boolean {
    const offset = this.timeOfDay() - this.monotonic()
    const jumped = Math.abs(offset - this.offset) > this.tolerance
    this.offset = offset
    return jumped
  }
}
