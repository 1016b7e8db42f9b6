import type { App } from 'vue'
import { news, shownNews } from './news'
import { i18n } from '@/i18n'

/** Tell of every error that nothing else caught, and offer to load the page again; returns how to stop. */
export function tellUnexpected(app: App, reload: () => void): () => void {
  const tell = (error: unknown) => {
    console.error(error)
    const { t } = i18n.global
    const title = t('error.broken')
    // One is enough, however many follow from it.
    if (shownNews.value.some((one) => one.title === title)) return
    news({ title, message: t('error.brokenHint'), type: 'error', action: t('error.reload'), onAction: reload }, 30_000)
  }
  const rejected = (event: PromiseRejectionEvent) => tell(event.reason)
  app.config.errorHandler = tell
  window.addEventListener('unhandledrejection', rejected)
  return () => window.removeEventListener('unhandledrejection', rejected)
}
