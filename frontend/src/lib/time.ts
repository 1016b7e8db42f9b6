/** Times for people, in the reader's language and time zone. */

const formats = new Map<string, Intl.DateTimeFormat>()

/** "2026-01-31 14:05" in zh, "31 Jan 2026, 14:05" in en. */
export function dateTime(iso: string, locale: string): string {
  return format(locale, 'time', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))
}

/** The day alone. */
export function date(iso: string, locale: string): string {
  return format(locale, 'date', { dateStyle: 'medium' }).format(new Date(iso))
}

/** The time of day alone, with seconds. */
export function timeOfDay(iso: string, locale: string): string {
  return format(locale, 'day', { timeStyle: 'medium' }).format(new Date(iso))
}

function format(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${name}`
  let known = formats.get(key)
  if (!known) {
    known = new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', options)
    formats.set(key, known)
  }
  return known
}
