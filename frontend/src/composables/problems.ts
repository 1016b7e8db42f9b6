import { useI18n } from 'vue-i18n'
import { ApiError, Unreachable } from '@/api/client'
import { toast } from '@/lib/toast'

/** Errors in the reader's language: by the API's code where we know it, else in the API's own words. */
export function useProblems() {
  const { t, te } = useI18n({ useScope: 'global' })

  function textOf(error: unknown): string {
    if (error instanceof Unreachable) return t('error.unreachable')
    if (!(error instanceof ApiError)) return t('error.unexpected')
    const key = `error.${error.code}`
    if (te(key) || te(key, 'en')) return t(key)
    return error.problem.detail || t('error.unexpected')
  }

  function show(error: unknown): void {
    if (!(error instanceof ApiError) && !(error instanceof Unreachable)) console.error(error)
    toast(textOf(error), 'error')
  }

  return { textOf, show }
}
