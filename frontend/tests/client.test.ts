import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError, call, Unreachable, useTokens } from '@/api/client'

const session = { access: 'old' as string | null, refresh: 'r' as string | null, lost: 0 }
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })
const fetched = vi.fn<(path: string, init: RequestInit) => Promise<Response>>()
const tokenOf = (init: RequestInit) => (init.headers as Record<string, string>).Authorization

beforeEach(() => {
  Object.assign(session, { access: 'old', refresh: 'r', lost: 0 })
  fetched.mockReset()
  vi.stubGlobal('fetch', fetched)
  useTokens({
    access: () => session.access,
    refresh: () => session.refresh,
    renewed: ({ token, refresh_token }) => {
      session.access = token
      session.refresh = refresh_token
    },
    lost: () => {
      session.access = session.refresh = null
      session.lost += 1
    },
  })
})

/** A server that knows the token "new" alone, and gives it out for the refresh token. */
function expiredToken(path: string, init: RequestInit): Promise<Response> {
  if (path === '/users/refresh/')
    return Promise.resolve(
      tokenOf(init) === 'Bearer r' ? json(200, { token: 'new', refresh_token: 'r2' }) : json(401, {}),
    )
  return Promise.resolve(tokenOf(init) === 'Bearer new' ? json(200, { path }) : json(401, { code: 'unauthenticated' }))
}

describe('client', () => {
  it('renews an expired token once for all who need it', async () => {
    fetched.mockImplementation(expiredToken)
    const answers = await Promise.all(['/a/', '/b/', '/c/'].map((path) => call<{ path: string }>('GET', path)))
    expect(answers.map(({ data }) => data.path)).toEqual(['/a/', '/b/', '/c/'])
    expect(fetched.mock.calls.filter(([path]) => path === '/users/refresh/')).toHaveLength(1)
    expect(session.lost).toBe(0)
    expect(session.refresh, 'the old one is used up').toBe('r2')
  })

  it('gives up the login when the refresh token is refused too', async () => {
    session.refresh = 'stale'
    fetched.mockImplementation(expiredToken)
    await expect(call('GET', '/a/')).rejects.toMatchObject({ status: 401 })
    expect(session.lost).toBe(1)
  })

  it('keeps the login when the server is away', async () => {
    fetched.mockImplementation((path, init) =>
      path === '/users/refresh/' ? Promise.resolve(json(503, { code: 'store_unavailable' })) : expiredToken(path, init),
    )
    await expect(call('GET', '/a/')).rejects.toMatchObject({ status: 503 })
    expect(session.lost).toBe(0)
  })

  it('tells problems by their code', async () => {
    fetched.mockResolvedValue(json(409, { code: 'credit_gone', detail: 'Not enough credit.' }))
    const error = await call('GET', '/a/').catch((problem: unknown) => problem)
    expect(error).toBeInstanceOf(ApiError)
    expect((error as ApiError).code).toBe('credit_gone')
  })

  it('survives an answer that is no problem', async () => {
    fetched.mockResolvedValue(new Response('<h1>Bad gateway</h1>', { status: 502 }))
    await expect(call('GET', '/a/')).rejects.toMatchObject({ code: 'http_502' })
  })

  it('says when nobody answers', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'))
    await expect(call('GET', '/a/')).rejects.toBeInstanceOf(Unreachable)
  })

  it('notes when the answer arrived', async () => {
    fetched.mockResolvedValue(json(200, {}))
    const before = performance.now()
    expect((await call('GET', '/a/')).receivedAt).toBeGreaterThanOrEqual(before)
  })
})
