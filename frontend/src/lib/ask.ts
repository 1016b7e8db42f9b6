export interface Question {
  title: string
  text: string
  yes: string
  no: string
  dangerous?: boolean
}

/** Ask before something that cannot be undone; "no" has the focus, so that a second Enter does no harm. */
export function ask(question: Question): Promise<boolean> {
  const dialog = made('dialog', 'dialog ask')
  dialog.setAttribute('aria-modal', 'true')
  dialog.setAttribute('aria-labelledby', 'ask-title')
  dialog.setAttribute('aria-describedby', 'ask-text')
  const title = Object.assign(made('h2', '', question.title), { id: 'ask-title' })
  const text = Object.assign(made('p', '', question.text), { id: 'ask-text' })
  const buttons = made('div', 'dialog-buttons')
  const no = button('is-default ask-no', question.no, () => dialog.close())
  const yes = button(`${question.dangerous ? 'is-danger' : 'is-primary'} ask-yes`, question.yes, () =>
    dialog.close('yes'),
  )
  buttons.append(no, yes)
  dialog.append(title, text, buttons)
  document.body.append(dialog)
  dialog.showModal()
  no.focus()
  return answerOf(dialog)
}

/** Escape is no, and so is leaving the page that asked. */
function answerOf(dialog: HTMLDialogElement): Promise<boolean> {
  const leave = () => dialog.close()
  window.addEventListener('popstate', leave)
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      window.removeEventListener('popstate', leave)
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
  })
}

function button(className: string, text: string, click: () => void): HTMLButtonElement {
  const element = made('button', `button ${className}`, text)
  element.type = 'button'
  element.addEventListener('click', click)
  return element
}

function made<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(tag), { className, textContent: text })
}
