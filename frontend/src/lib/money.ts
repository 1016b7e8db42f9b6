/** Money as the API writes it ("358.00"), counted in whole cents; never a float. */

export type Cents = bigint

/** Read "358.00" as 35800n. */
export function toCents(money: string): Cents {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(money)
  if (!match) throw new Error(`not an amount of money: ${money}`)
  const cents = BigInt(match[2]!) * 100n + BigInt((match[3] ?? '').padEnd(2, '0'))
  return match[1] ? -cents : cents
}

/** Write 35800n as "358.00". */
export function fromCents(cents: Cents): string {
  const size = cents < 0n ? -cents : cents
  return `${cents < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`
}

/** Write it for people: "1,299.00", or "1,299" with `short` when there are no cents. */
export function grouped(money: string, short = false): string {
  const [whole = '0', cents = '00'] = money.split('.')
  const units = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return short && /^0*$/.test(cents) ? units : `${units}.${cents}`
}

/** How much less `real` is than `list`. */
export function saved(list: string, real: string): string {
  return fromCents(toCents(list) - toCents(real))
}
