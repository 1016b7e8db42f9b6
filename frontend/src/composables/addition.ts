import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { useAction } from './action'
import { loginFor } from '@/lib/login'
import { toast } from '@/lib/toast'
import { useBasket } from '@/stores/basket'
import { useSession } from '@/stores/session'

/** Putting a course into the basket, or buying it at once; the latter needs a login. */
export function useAddition(courseId: () => number) {
  const { t } = useI18n({ useScope: 'global' })
  const basket = useBasket()
  const session = useSession()
  const route = useRoute()
  const router = useRouter()
  const added = computed(() => basket.has(courseId()))

  const addition = useAction(async () => {
    await (session.loggedIn ? basket.add(courseId()) : basket.keepForLogin(courseId()))
    toast(t('course.added'))
  })
  const purchase = useAction(async () => {
    if (!session.loggedIn) {
      toast(t('notice.login'), 'info')
      return router.push(loginFor(route.fullPath))
    }
    await basket.takeAlone(courseId())
    return router.push({ name: 'checkout' })
  })
  const busy = computed(() => addition.busy.value || purchase.busy.value)

  return { busy, added, add: addition.start, buy: purchase.start }
}
