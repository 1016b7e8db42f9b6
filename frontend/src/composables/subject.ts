import { onScopeDispose, ref, watchEffect } from 'vue'

/** What the page is about, where that says more than the kind of page it is; the window is titled with it. */
export const subject = ref('')

/** Title the window with the name as long as the component is there. */
export function useSubject(name: () => string | undefined): void {
  watchEffect(() => (subject.value = name() ?? ''))
  onScopeDispose(() => (subject.value = ''))
}
