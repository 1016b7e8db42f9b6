import { payments } from '@/api'
import { onPhone } from '@/lib/phone'

/** Go to the cashier in this very tab. */
export async function goToCashier(orderNumber: string): Promise<void> {
  const { link } = await payments.link(orderNumber)
  location.assign(new URL(link, location.href))
}

/**
 * Open the cashier in its own tab, and tell where it is. The tab is opened before anything is awaited, or the browser
 * would take it for a pop-up; it is closed again when there is nothing to show in it. On a phone, and where the
 * browser opens no tab, this one goes there; then it is null.
 */
export async function openCashier(orderNumber: string, waiting: string): Promise<string | null> {
  const tab = onPhone() ? null : window.open('', '_blank')
  if (!tab) {
    await goToCashier(orderNumber)
    return null
  }
  try {
    tab.document.title = waiting
    const { link } = await payments.link(orderNumber)
    tab.opener = null
    tab.location.replace(new URL(link, location.href))
    return link
  } catch (error) {
    tab.close()
    throw error
  }
}
