import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { mounted, type Mounted } from './mounted'
import NewsStack from '@/components/NewsStack.vue'
import ToastStack from '@/components/ToastStack.vue'
import { news, removeNews, shownNews } from '@/lib/news'
import { toast, toasts } from '@/lib/toast'

let shown: Mounted
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  shown.unmount()
  vi.runAllTimers()
  vi.useRealTimers()
})

describe('a toast', () => {
  it('comes into a live region that was there before, and goes', async () => {
    shown = await mounted(ToastStack)
    const region = shown.root.querySelector('[role=status]')!
    toast('已保存')
    await nextTick()
    expect(region.textContent).toContain('已保存')
    vi.advanceTimersByTime(4000)
    expect(toasts.value).toEqual([])
  })

  it('is not said twice, and no more than three are', async () => {
    shown = await mounted(ToastStack)
    for (const word of ['一', '二', '二', '三', '四']) toast(word)
    expect(toasts.value.map(({ message }) => message)).toEqual(['二', '三', '四'])
  })
})

describe('news', () => {
  const read = vi.fn()
  const one = { title: '订单已支付', message: '去学习', type: 'success' as const, action: '查看', onAction: read }
  const box = () => shown.root.querySelector<HTMLElement>('.news')!

  beforeEach(async () => {
    read.mockClear()
    shownNews.value.forEach(({ id }) => removeNews(id))
    shown = await mounted(NewsStack)
    news(one, 1000)
    await nextTick()
  })

  it('goes away by itself', () => {
    expect(box().textContent).toContain('订单已支付')
    vi.advanceTimersByTime(1000)
    expect(shownNews.value).toEqual([])
  })

  it('stays while it has the focus', () => {
    shown.at('news-open')!.focus()
    vi.advanceTimersByTime(10_000)
    expect(shownNews.value).toHaveLength(1)
    shown.at('news-open')!.blur()
    vi.advanceTimersByTime(10_000)
    expect(shownNews.value).toEqual([])
  })

  it('is opened by a click anywhere on it', () => {
    box().click()
    expect(read).toHaveBeenCalledOnce()
    expect(shownNews.value).toEqual([])
  })

  it('is put away unread', () => {
    shown.at('news-close')!.click()
    expect(read).not.toHaveBeenCalled()
    expect(shownNews.value).toEqual([])
  })
})
