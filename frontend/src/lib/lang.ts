/** The language of a name that somebody typed in: Chinese where it has Chinese characters, else whatever the page's is. */
export function langOf(text: string): string | undefined {
  return /\p{Script=Han}/u.test(text) ? 'zh-CN' : undefined
}

/** What something is called on a page in that language: it has a name, and perhaps one in English. */
export function nameIn(locale: string, name: string, english: string | undefined): string {
  return (locale === 'en' && english) || name
}
