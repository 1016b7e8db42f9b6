/** The language of a name that somebody typed in: Chinese where it has Chinese characters, else whatever the page's is. */
export function langOf(text: string): string | undefined {
  return /\p{Script=Han}/u.test(text) ? 'zh-CN' : undefined
}
