import { ref } from 'vue'

/** What was announced last; the region that says it is on every page from the start, or nobody would hear of it. */
export const announced = ref('')

/** Say something to those who do not see it. */
export function announce(text: string): void {
  announced.value = text
}
