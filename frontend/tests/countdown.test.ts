import { describe, expect, it } from 'vitest'
import { clockFace, ClockWatch, deadlineOf, msLeft, settled } from '@/lib/countdown'

describe('countdown', () => {
  it('counts from the moment the answer arrived', () => {
    const deadline = deadlineOf(900, 5_000)
    expect(msLeft(deadline, 5_000)).toBe(900_000)
    expect(msLeft(deadline, 65_000)).toBe(840_000)
  })

  it('never goes below zero', () => {
    expect(msLeft(deadlineOf(1, 0), 60_000)).toBe(0)
  })

  it('is right after a reload, whose answer has fewer seconds left', () => {
    const before = deadlineOf(900, 1_000)
    const left = msLeft(before, 301_000)
    // The reloaded page's monotonic clock starts at 0 again.
    expect(msLeft(deadlineOf(left / 1000, 80), 80)).toBe(left)
  })

  it('does not hop by the rounding of a newer answer, but follows a new deadline', () => {
    expect(settled(900_000, 900_700, 0)).toBe(900_000)
    expect(settled(900_000, 899_100, 0)).toBe(900_000)
    expect(settled(900_000, 1_800_000, 0)).toBe(1_800_000)
    expect(settled(undefined, 42, 0)).toBe(42)
  })

  it.each([
    [0, '00:00'],
    [1, '00:01'],
    [59_001, '01:00'],
    [899_400, '15:00'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [90_061_000, '25:01:01'],
  ])('shows %i ms as %s', (ms, face) => {
    expect(clockFace(ms)).toBe(face)
  })
})

describe('clock watch', () => {
  function watched() {
    const clocks = { monotonic: 0, timeOfDay: 1_700_000_000_000 }
    return {
      clocks,
      watch: new ClockWatch(
        () => clocks.monotonic,
        () => clocks.timeOfDay,
      ),
    }
  }

  it('is calm while both clocks run, however wrong the time of day is', () => {
    const { clocks, watch } = watched()
    for (let second = 0; second < 600; second += 1) {
      clocks.monotonic += 1000
      clocks.timeOfDay += 1000
      expect(watch.jumped()).toBe(false)
    }
  })

  it('notices sleep, in which the monotonic clock stood still, once', () => {
    const { clocks, watch } = watched()
    clocks.timeOfDay += 600_000
    expect(watch.jumped()).toBe(true)
    expect(watch.jumped()).toBe(false)
  })

  it('notices a clock that is set back', () => {
    const { clocks, watch } = watched()
    clocks.monotonic += 1000
    clocks.timeOfDay -= 3_600_000
    expect(watch.jumped()).toBe(true)
  })
})
