import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { orders } from '@/api'

/** What the states of an order are called: the server says it in Chinese, the catalogue in English. */
export const useStatuses = defineStore('statuses', () => {
  const { locale, t } = useI18n({ useScope: 'global' })
  const choices = ref<[number, string][]>([])
  const values = computed(() => choices.value.map(([value]) => value))

  function label(status: number): string {
    const fromServer = choices.value.find(([value]) => value === status)?.[1] ?? ''
    return locale.value === 'zh' ? fromServer : t(`status.${status}`)
  }

  async function load(): Promise<void> {
    if (!choices.value.length) choices.value = await orders.statusLabels()
  }

  return { values, label, load }
})
