/** Whether the window is as narrow as a phone's: there a new tab hides the shop, and the cashier takes its place. */
export function onPhone(): boolean {
  return matchMedia('(max-width: 640px)').matches
}
