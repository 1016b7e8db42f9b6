import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, mounted, type Mounted } from './mounted'
import UserAvatar from '@/components/UserAvatar.vue'
import { nameIn } from '@/lib/lang'
import LearnPage from '@/pages/LearnPage.vue'

let page: Mounted | undefined

afterEach(() => {
  page?.unmount()
  vi.restoreAllMocks()
})

const SHA = 'a'.repeat(64)

describe('a name', () => {
  it.each([
    ['en', '后端', 'Back end', 'Back end'],
    ['en', '后端', '', '后端'],
    ['en', '后端', undefined, '后端'],
    ['zh', '后端', 'Back end', '后端'],
  ])('in %s of %s and %s is %s', (locale, name, english, shown) => {
    expect(nameIn(locale, name, english)).toBe(shown)
  })
})

describe('an avatar', () => {
  it('is a picture of the shop', async () => {
    page = await mounted(UserAvatar, { avatar: `/pictures/${SHA}.webp`, name: 'u1' })
    expect(page.root.querySelector('img')?.getAttribute('src')).toBe(`/pictures/${SHA}.webp`)
    page.root.querySelector('img')!.dispatchEvent(new Event('error'))
    await vi.waitFor(() => expect(page!.root.querySelector('svg')).not.toBeNull())
  })

  it.each(['avatar-3', '', 'https://evil.example/x.webp', `//evil.example/pictures/${SHA}.webp`, '/users/logout/'])(
    'is a drawing where it says %s',
    async (avatar) => {
      page = await mounted(UserAvatar, { avatar, name: 'u1' })
      expect(page.root.querySelector('img')).toBeNull()
    },
  )
})

describe('the page of a course one learns with', () => {
  const course = (owned: boolean, done: number[]) => ({
    id: 7,
    name: 'Vue 进阶',
    name_en: '',
    owned,
    lessons: [1, 2, 3].map((id) => ({ id, title: `第 ${id} 节`, minutes: 10, done: done.includes(id) })),
  })

  it('opens the first lesson that is not done, and keeps the mark that it is', async () => {
    const done = [1]
    answering({
      'GET /courses/7/': () => course(true, done),
      'GET /courses/7/lessons/2/': () => ({ id: 2, title: '第 2 节', minutes: 10, content: '正文' }),
      'PUT /courses/7/lessons/2/done/': () => (done.push(2), null),
      'GET /courses/7/lessons/3/': () => ({ id: 3, title: '第 3 节', minutes: 10, content: '结尾' }),
    })
    page = await mounted(LearnPage, { id: 7 }, '/learn/7')
    await vi.waitFor(() => expect(page!.at('lesson-text')?.textContent).toBe('正文'))
    page.at('lesson-done')!.click()
    await vi.waitFor(() => expect(page!.at('lesson-done')?.getAttribute('aria-pressed')).toBe('true'))
    page.at('lesson-next')!.click()
    await vi.waitFor(() => expect(page!.at('lesson-text')?.textContent).toBe('结尾'))
    expect(page.at('lesson-next')).toBeNull()
  })

  it('asks for no lesson of a course that is not owned', async () => {
    const fetched = answering({ 'GET /courses/7/': () => course(false, []) })
    page = await mounted(LearnPage, { id: 7 }, '/learn/7')
    await vi.waitFor(() => expect(page!.root.textContent).toContain('购买后即可学习'))
    expect(fetched).toHaveBeenCalledTimes(1)
  })
})
