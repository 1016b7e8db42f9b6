// What forms cannot do by themselves. Every page works without it, but asks no questions then and shows times in UTC.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
if (zone) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  document.cookie = `lapse_zone=${encodeURIComponent(zone)}; Path=/admin; Max-Age=31536000; SameSite=Lax${secure}`
}

const question = (form) => form.dataset.confirm || form.querySelector('option:checked[data-confirm]')?.dataset.confirm

document.addEventListener('submit', (event) => {
  const form = event.target
  const asked = question(form)
  if (asked && !window.confirm(asked)) {
    event.preventDefault()
    return
  }
  if (form.method === 'get') return
  if (form.dataset.sent) event.preventDefault() // pressed twice
  form.dataset.sent = 'yes'
})

// A page that comes back out of the browser's memory may be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})

document.addEventListener('change', (event) => {
  if (!event.target.matches('[data-all]')) return
  for (const box of document.querySelectorAll('[name=rowid]')) box.checked = event.target.checked
})

for (const button of document.querySelectorAll('[data-folds]')) {
  const fold = (open) => button.setAttribute('aria-expanded', String(open))
  button.addEventListener('click', () => fold(button.getAttribute('aria-expanded') !== 'true'))
  fold(false)
}
