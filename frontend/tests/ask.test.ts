import { afterEach, describe, expect, it } from 'vitest'
import { ask } from '@/lib/toast'

const QUESTION = { title: '删除订单', text: '删除这笔订单？', yes: '删除', no: '返回', dangerous: true }

const button = (name: string) => document.querySelector<HTMLButtonElement>(`.ask .ask-${name}`)!

describe('a question', () => {
  afterEach(() => document.body.replaceChildren())

  it('has the focus on the answer that does no harm', () => {
    void ask(QUESTION)
    expect(document.activeElement).toBe(button('no'))
    expect(button('no').textContent).toBe('返回')
  })

  it.each([
    ['yes', true],
    ['no', false],
  ])('is answered by a click on %s, and goes away', async (name, answer) => {
    const asked = ask(QUESTION)
    button(name as string).click()
    expect(await asked).toBe(answer)
    expect(document.querySelector('.ask')).toBeNull()
  })

  it('is answered no by going back', async () => {
    const asked = ask(QUESTION)
    window.dispatchEvent(new PopStateEvent('popstate'))
    expect(await asked).toBe(false)
  })
})
