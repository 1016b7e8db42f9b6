import { payments } from '@/api'

/** What became of opening the cashier: where it is, and whether its tab opened. */
export interface Cashier {
  link: string
  opened: boolean
}

/** Go to the cashier in this very tab. */
export async function goToCashier(orderNumber: string): Promise<void> {
  const { link } = await payments.link(orderNumber)
  location.assign(new URL(link, location.href))
}

/**
 * Open the cashier in its own tab. The tab is opened before anything is awaited, or the browser would take it for a
 * pop-up; it is closed again when there is nothing to show in it.
 */
export async function openCashier(orderNumber: string, waiting: string): Promise<Cashier> {
  const tab = window.open('', '_blank')
  try {
    if (tab) tab.document.title = waiting
    const { link } = await payments.link(orderNumber)
    if (!tab) return { link, opened: false }
    tab.opener = null
    tab.location.replace(new URL(link, location.href))
    return { link, opened: true }
  } catch (error) {
    tab?.close()
    throw error
  }
}
