/** What the API says of a field, as an entry of the catalogue; it speaks English only, and names no codes there. */
const KNOWN: [RegExp, string][] = [
  [/most common passwords/, 'common'],
  [/Must not be the name/, 'isName'],
  [/must be between (\d+) and (\d+)/i, 'between'],
  [/at least (\d+) characters|Shorter than minimum length (\d+)/, 'short'],
  [/Longer than maximum length (\d+)/, 'long'],
  [/required/, 'required'],
  [/printable|NUL/, 'unprintable'],
]

export interface FieldProblem {
  key: string
  n?: string
  m?: string
}

/** The entry under `field` for one of the API's sentences; undefined for one that is not known. */
export function fieldProblem(sentence: string): FieldProblem | undefined {
  for (const [pattern, key] of KNOWN) {
    const found = pattern.exec(sentence)
    if (!found) continue
    const [n, m] = found.slice(1).filter((group) => group !== undefined)
    return { key, n, m }
  }
  return undefined
}
