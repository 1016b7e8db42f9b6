import type { LocationQueryValue } from 'vue-router'

/** A whole number from 1 to a million in an address, else `otherwise`. */
export function numberIn(value: LocationQueryValue | LocationQueryValue[] | undefined, otherwise = 0): number {
  return typeof value === 'string' && /^[1-9]\d{0,6}$/.test(value) ? Number(value) : otherwise
}
