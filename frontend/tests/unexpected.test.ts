import { createApp } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useLocale } from '@/i18n'
import { removeNews, shownNews } from '@/lib/news'
import { tellUnexpected } from '@/lib/unexpected'

const broken = new Error('broken')
const reload = vi.fn()
let stop: () => void

beforeEach(async () => {
  await useLocale('zh')
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  stop()
  shownNews.value.forEach(({ id }) => removeNews(id))
  vi.restoreAllMocks()
})

function breakWhileDrawing() {
  const app = createApp({
    setup() {
      throw broken
    },
  })
  stop = tellUnexpected(app, reload)
  app.mount(document.createElement('div'))
}

describe('what nobody caught', () => {
  it('is told when a component throws, and the page can be loaded again', () => {
    breakWhileDrawing()
    expect(shownNews.value.map(({ title }) => title)).toEqual(['页面出错了'])
    shownNews.value[0]!.onAction()
    expect(reload).toHaveBeenCalledOnce()
    expect(console.error).toHaveBeenCalledWith(broken)
  })

  it('is told of a promise, and only once', () => {
    breakWhileDrawing()
    window.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: broken }))
    expect(console.error).toHaveBeenCalledTimes(2)
    expect(shownNews.value).toHaveLength(1)
  })
})
