// What Flask-Admin's templates would write into attributes: questions before a deletion, and actions on many rows.
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href="#"], a[href^="javascript:"]')
  if (!link) return
  event.preventDefault()
  if (link.dataset.action) window.modelActions.execute(link.dataset.action)
})

document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
    event.preventDefault()
    return
  }
  if (form.dataset.sent) event.preventDefault() // pressed twice
  form.dataset.sent = 'yes'
})

// A page that comes back out of the browser's memory may be sent again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent
})
