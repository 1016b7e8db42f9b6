import { reactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/client'
import { fieldProblem } from '@/lib/fieldProblem'

/** What is wrong with each field of a form, in the reader's language. */
export function useFieldErrors<F extends string>(fields: readonly F[]) {
  const { t, locale } = useI18n({ useScope: 'global' })
  const wrong = reactive<Partial<Record<string, string>>>({}) as Partial<Record<F, string>>

  function clear(): void {
    for (const field of fields) wrong[field] = undefined
  }

  function textOf(sentence: string): string {
    const known = fieldProblem(sentence)
    if (known) return t(`field.${known.key}`, { n: known.n, m: known.m })
    return locale.value === 'en' ? sentence : t('field.invalid')
  }

  /** Take over what a refusal says of the fields; false where it says nothing of them, and must be shown elsewhere. */
  function take(error: unknown): boolean {
    clear()
    const errors = error instanceof ApiError ? (error.problem.errors ?? {}) : {}
    for (const field of fields) {
      const said = [errors[field]].flat()[0]
      if (said !== undefined) wrong[field] = textOf(String(said))
    }
    return fields.some((field) => wrong[field])
  }

  return { wrong, clear, take }
}
