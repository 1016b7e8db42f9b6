import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, preferredLocale, useLocale } from './i18n'
import { toast } from './lib/toast'
import { tellUnexpected } from './lib/unexpected'
import { router } from './router'
import './styles/base.css'

const RELOADED = 'lapse.reloaded'

// A page's code is gone after a new release: load the new one, but not for ever, and not without a network.
window.addEventListener('vite:preloadError', (event) => {
  if (!navigator.onLine || Date.now() - Number(sessionStorage.getItem(RELOADED)) < 30_000) return
  event.preventDefault()
  sessionStorage.setItem(RELOADED, String(Date.now()))
  location.reload()
})
router.onError((error) => {
  console.error(error)
  toast(i18n.global.t('error.unreachable'), 'error')
})

await useLocale(preferredLocale())
const app = createApp(App)
tellUnexpected(app, () => location.reload())
app.use(createPinia()).use(i18n).use(router).mount('#app')
