/** A fresh key for `Idempotency-Key`; `crypto.randomUUID` exists on secure origins alone. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
