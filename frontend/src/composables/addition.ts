import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { useAction } from './action'
import { loginFor } from '@/lib/login'
import { toast } from '@/lib/toast'
import { useBasket } from '@/stores/basket'
import { useSession } from '@/stores/session'

/** Putting a course into the basket; who is not logged in is asked to first. */
export function useAddition(courseId: () => number) {
  const { t } = useI18n({ useScope: 'global' })
  const basket = useBasket()
  const session = useSession()
  const route = useRoute()
  const router = useRouter()
  const added = computed(() => basket.has(courseId()))

  const { busy, start } = useAction(async (then?: string) => {
    if (!session.loggedIn) {
      toast(t('notice.login'), 'info')
      await router.push(loginFor(route.fullPath))
      return
    }
    await basket.add(courseId())
    if (then) await router.push({ name: then })
    else toast(t('course.added'))
  })

  return { busy, added, add: start }
}
