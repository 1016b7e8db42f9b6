import { afterEach, describe, expect, it, vi } from 'vitest'
import { answering, mounted, type Answers, type Mounted } from './mounted'
import AccountSecurity from '@/components/AccountSecurity.vue'
import ReviewDialog from '@/components/ReviewDialog.vue'
import { fieldProblem } from '@/lib/fieldProblem'
import LoginPage from '@/pages/LoginPage.vue'
import ProfilePage from '@/pages/user/ProfilePage.vue'
import { useSession } from '@/stores/session'

const profile = { id: 1, username: 'u', nickname: '', avatar: '', position: '', city: '', gender: 0, signature: '' }
const invalid = (errors: object) => () => {
  throw { status: 422, code: 'invalid_fields', detail: 'Some fields are invalid.', errors }
}

let shown: Mounted

function fill(texts: Record<string, string>): void {
  for (const [name, text] of Object.entries(texts)) {
    const field = shown.at(name) as HTMLInputElement
    field.value = text
    field.dispatchEvent(new Event('input'))
  }
}
const submit = () => shown.root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }))

/** The field is marked, and what is said of it is tied to it. */
async function saysOf(name: string, words: string): Promise<void> {
  await vi.waitFor(() => expect(shown.at(name)!.getAttribute('aria-invalid')).toBe('true'))
  const about = shown.root.querySelector(`#${shown.at(name)!.getAttribute('aria-describedby')}`)
  expect(about?.textContent).toContain(words)
}

describe('what the server refuses is said at its field', () => {
  afterEach(() => {
    shown?.unmount()
    vi.restoreAllMocks()
  })

  it.each([
    [{ username: ['Must be printable, with no space around it.'] }, 'username', '不能显示'],
    [{ password: ['Is one of the most common passwords.'] }, 'password', '太常见'],
  ])('at sign-up: %o', async (errors, field, words) => {
    answering({ 'POST /users/register/': invalid(errors) })
    shown = await mounted(LoginPage, {}, '/register')
    fill({ username: 'x', password: 'password', 'password-again': 'password' })
    submit()
    await saysOf(field, words)
    expect(shown.at('refusal')).toBeNull()
  })

  it('in the profile, and no longer when it is sent again', async () => {
    const answers: Answers = {
      'GET /users/me/sessions/': () => [],
      'PATCH /users/me/': invalid({ city: ['Longer than maximum length 50.'] }),
    }
    answering(answers)
    shown = await mounted(ProfilePage)
    useSession(shown.pinia).profile = { ...profile, credit: 0, is_staff: false }
    await vi.waitFor(() => shown.at('profile-edit')!.click())
    await vi.waitFor(() => expect(shown.at('profile-city')).not.toBeNull())
    submit()
    await saysOf('profile-city', '最多 50 个字符')
    expect(shown.at('profile-nickname')!.getAttribute('aria-invalid')).toBe('false')
    answers['PATCH /users/me/'] = () => profile
    submit()
    await vi.waitFor(() => expect(shown.at('shown-city')).not.toBeNull())
  })

  it('at a new password', async () => {
    answering({
      'GET /users/me/sessions/': () => [],
      'PUT /users/me/password/': invalid({ new_password: ['Must not be the name.'] }),
    })
    shown = await mounted(AccountSecurity)
    fill({ 'old-password': 'secret-1', 'new-password': 'somebody' })
    submit()
    await saysOf('new-password', '用户名')
  })

  it('at an old password that is wrong', async () => {
    answering({
      'GET /users/me/sessions/': () => [],
      'PUT /users/me/password/': () => {
        throw { status: 400, code: 'wrong_password', detail: '' }
      },
    })
    shown = await mounted(AccountSecurity)
    fill({ 'old-password': 'secret-9', 'new-password': 'somebody-else' })
    submit()
    await saysOf('old-password', '当前密码不正确')
  })
})

describe('a review', () => {
  afterEach(() => {
    shown.unmount()
    vi.restoreAllMocks()
  })

  it('is refused at its text, and asks for stars first', async () => {
    answering({ 'POST /orders/7/review/': invalid({ content: ['Longer than maximum length 2000.'] }) })
    shown = await mounted(ReviewDialog, { modelValue: { orderId: 7, courseId: 1, name: 'x' } })
    await vi.waitFor(() => expect(shown.root.querySelector('form')).not.toBeNull())
    submit()
    await vi.waitFor(() => expect(shown.root.textContent).toContain('请先打分'))
    shown.at('star-4')!.querySelector('input')!.click()
    fill({ 'review-content': '好' })
    submit()
    await saysOf('review-content', '最多 2000 个字符')
    expect(shown.root.textContent).not.toContain('请先打分')
  })
})

describe("the API's words", () => {
  it.each([
    ['Length must be between 1 and 150.', { key: 'between', n: '1', m: '150' }],
    ['Must have at least 8 characters.', { key: 'short', n: '8', m: undefined }],
    ['Shorter than minimum length 1.', { key: 'short', n: '1', m: undefined }],
    ['Missing data for required field.', { key: 'required', n: undefined, m: undefined }],
  ])('%s', (sentence, entry) => {
    expect(fieldProblem(sentence)).toEqual(entry)
  })

  it('are left alone when they are not known', () => {
    expect(fieldProblem('Not a valid integer.')).toBeUndefined()
  })
})
