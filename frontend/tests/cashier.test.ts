import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering } from './mounted'
import { openCashier } from '@/composables/cashier'

const LINK = '/cashier?1'

describe('the cashier', () => {
  afterEach(() => vi.restoreAllMocks())

  function set(more: { phone?: boolean; tab?: object | null; fails?: boolean }) {
    vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: more.phone ?? false } as MediaQueryList)
    answering({
      'GET /payments/alipay/1/': () => {
        if (more.fails) throw { status: 409, code: 'order_state', detail: '' }
        return { link: LINK }
      },
    })
    return {
      opened: vi.spyOn(window, 'open').mockReturnValue((more.tab ?? null) as Window | null),
      went: vi.spyOn(location, 'assign').mockImplementation(() => {}),
    }
  }
  const tabOf = () => ({ document: {}, location: { replace: vi.fn() }, close: vi.fn(), opener: window as unknown })

  it('has a tab of its own, which knows nothing of ours', async () => {
    const tab = tabOf()
    const { went } = set({ tab })
    expect(await openCashier('1', '…')).toBe(LINK)
    expect(String(tab.location.replace.mock.calls[0]![0])).toContain(LINK)
    expect(tab.opener).toBeNull()
    expect(went).not.toHaveBeenCalled()
  })

  it('takes the place of the shop on a phone, without asking for a tab', async () => {
    const { opened, went } = set({ phone: true, tab: tabOf() })
    expect(await openCashier('1', '…')).toBeNull()
    expect(opened).not.toHaveBeenCalled()
    expect(String(went.mock.calls[0]![0])).toContain(LINK)
  })

  it('takes it too where the browser opens no tab', async () => {
    const { went } = set({ tab: null })
    expect(await openCashier('1', '…')).toBeNull()
    expect(String(went.mock.calls[0]![0])).toContain(LINK)
  })

  it('leaves no empty tab behind when there is nothing to pay', async () => {
    const tab = tabOf()
    set({ tab, fails: true })
    await expect(openCashier('1', '…')).rejects.toThrow()
    expect(tab.close).toHaveBeenCalledOnce()
  })
})
