/** Numbers of courses that the browser keeps under a name. */
export class KeptIds {
  constructor(
    private readonly storage: Storage,
    private readonly name: string,
  ) {}

  /** What is kept; nothing where that cannot be read. */
  read(): number[] {
    try {
      const ids: unknown = JSON.parse(this.storage.getItem(this.name) ?? '[]')
      return Array.isArray(ids) ? ids.filter((id): id is number => Number.isSafeInteger(id) && id > 0) : []
    } catch {
      return []
    }
  }

  /** Keep these instead, each once. */
  write(ids: number[]): void {
    if (ids.length) this.storage.setItem(this.name, JSON.stringify([...new Set(ids)]))
    else this.storage.removeItem(this.name)
  }
}
