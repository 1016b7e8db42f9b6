/** Two languages: the browser's first, then whatever the reader chose, remembered. Each is loaded when needed. */

import { createI18n } from 'vue-i18n'
import type zh from './zh'

export type Locale = 'zh' | 'en'

const REMEMBERED = 'lapse.locale'

const catalogues = { zh: () => import('./zh'), en: () => import('./en') }

export const i18n = createI18n<[typeof zh], Locale, false>({
  legacy: false,
  locale: 'zh',
  fallbackLocale: 'en',
  missingWarn: false,
  fallbackWarn: false,
  messages: {} as never,
})

/** The reader's own choice, else the first of the browser's languages that we speak. */
export function preferredLocale(): Locale {
  const chosen = remembered()
  if (chosen) return chosen
  for (const language of navigator.languages ?? [navigator.language]) {
    if (/^zh\b/i.test(language)) return 'zh'
    if (/^en\b/i.test(language)) return 'en'
  }
  return 'en'
}

/** Load a language, switch to it and, where the reader chose it, remember it. */
export async function useLocale(locale: Locale, remember = false): Promise<void> {
  const messages = await catalogues[locale]()
  i18n.global.setLocaleMessage(locale, messages.default as typeof zh)
  i18n.global.locale.value = locale
  document.documentElement.lang = locale === 'zh' ? 'zh-CN' : 'en'
  if (remember) localStorage.setItem(REMEMBERED, locale)
}

function remembered(): Locale | null {
  const value = localStorage.getItem(REMEMBERED)
  return value === 'zh' || value === 'en' ? value : null
}
