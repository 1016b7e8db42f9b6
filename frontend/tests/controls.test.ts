import { afterEach, describe, expect, it, vi } from 'vitest'
import { h, nextTick, ref } from 'vue'
import { mounted, type Mounted } from './mounted'
import AppButton from '@/components/AppButton.vue'
import AppDialog from '@/components/AppDialog.vue'
import AppMenu from '@/components/AppMenu.vue'

let shown: Mounted

const press = (key: string) =>
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))

afterEach(() => shown.unmount())

describe('a button', () => {
  it('takes no press while it works, and keeps the focus', async () => {
    const loading = ref(false)
    const clicked = vi.fn()
    shown = await mounted({
      render: () => h(AppButton, { loading: loading.value, onClick: clicked, 'data-test': 'go' }),
    })
    shown.at('go')!.focus()
    loading.value = true
    await nextTick()
    shown.at('go')!.click()
    expect(clicked).not.toHaveBeenCalled()
    expect(document.activeElement).toBe(shown.at('go'))
    loading.value = false
    await nextTick()
    shown.at('go')!.click()
    expect(clicked).toHaveBeenCalledOnce()
  })
})

describe('a dialog', () => {
  const open = ref(false)
  const closed = vi.fn()

  async function show() {
    open.value = true
    shown = await mounted({
      render: () =>
        h(AppDialog, { open: open.value, title: '评价', onClose: () => (open.value = false), onClosed: closed }),
    })
    await nextTick()
    return shown.root.querySelector('dialog')!
  }

  it('is modal and has its title for a name', async () => {
    const dialog = await show()
    expect(dialog.open).toBe(true)
    expect(document.getElementById(dialog.getAttribute('aria-labelledby')!)!.textContent).toBe('评价')
  })

  it('is closed by Escape through its owner', async () => {
    const dialog = await show()
    dialog.dispatchEvent(new Event('cancel', { cancelable: true }))
    expect(open.value).toBe(false)
    await vi.waitFor(() => expect(dialog.open).toBe(false))
    expect(closed).toHaveBeenCalledOnce()
  })
})

describe('a menu', () => {
  const chosen = vi.fn()
  const items = ['user', 'orders', 'logout'].map((key) => ({ key, text: key }))
  const focused = () => (document.activeElement as HTMLElement).dataset.test

  async function show() {
    shown = await mounted({
      render: () => h(AppMenu, { label: '账户', items, 'data-test': 'button', onChoose: chosen }),
    })
    shown.at('button')!.focus()
  }

  it.each([
    ['ArrowDown', 'menu-user'],
    ['ArrowUp', 'menu-logout'],
  ])('opens by %s', async (key, entry) => {
    await show()
    press(key)
    await nextTick()
    expect(focused()).toBe(entry)
    expect(shown.at('button')!.getAttribute('aria-expanded')).toBe('true')
  })

  it('goes round by arrows, and to its ends by Home and End', async () => {
    await show()
    press('ArrowDown')
    await nextTick()
    const way = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Home', 'End'].map((key) => (press(key), focused()))
    expect(way).toEqual(['orders', 'logout', 'user', 'logout', 'user', 'logout'].map((key) => `menu-${key}`))
  })

  it('gives the focus back when it is closed by Escape', async () => {
    await show()
    press('ArrowDown')
    await nextTick()
    press('Escape')
    await nextTick()
    expect(focused()).toBe('button')
    expect(shown.root.querySelector('[role=menu]')).toBeNull()
  })

  it('says what was chosen by Enter, and is closed', async () => {
    await show()
    press('ArrowUp')
    await nextTick()
    press('Enter')
    await nextTick()
    expect(chosen).toHaveBeenLastCalledWith('logout')
    expect(shown.root.querySelector('[role=menu]')).toBeNull()
  })

  it('is closed by a press elsewhere', async () => {
    await show()
    press('ArrowDown')
    await nextTick()
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    await nextTick()
    expect(shown.root.querySelector('[role=menu]')).toBeNull()
  })
})
