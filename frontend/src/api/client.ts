/** One way to call the API: tokens, silent refresh, and errors that can be shown. */

export interface Problem {
  status: number
  code: string
  detail: string
  errors?: Record<string, unknown>
}

/** The API answered with a problem. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
    this.name = 'ApiError'
  }

  get status(): number {
    return this.problem.status
  }

  get code(): string {
    return this.problem.code
  }
}

/** The API did not answer: no network, no server, or too slow. */
export class Unreachable extends Error {
  constructor() {
    super('The server cannot be reached.')
    this.name = 'Unreachable'
  }
}

/** What a refresh token gets; it is used up by that, so that the new one must be kept. */
export interface Renewed {
  token: string
  refresh_token: string
}

/** Where the client gets its tokens from; the session store. */
export interface Tokens {
  access(): string | null
  /** The newest one, which another tab may have got. */
  refresh(): string | null
  renewed(tokens: Renewed): void
  lost(): void
}

export interface Options {
  query?: Record<string, string | number | undefined>
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
  /** The token to send instead of the session's; null sends none. */
  token?: string | null
}

/** An answer, and when its first byte arrived on the monotonic clock. */
export interface Answer<T> {
  data: T
  receivedAt: number
}

const PATIENCE_MS = 15_000

let tokens: Tokens = { access: () => null, refresh: () => null, renewed: () => {}, lost: () => {} }
let renewing: Promise<boolean> | null = null

export function useTokens(source: Tokens): void {
  tokens = source
}

/** Call the API and read its JSON. Throws ApiError or Unreachable; an abort of the caller's passes through. */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const limit = AbortSignal.timeout(PATIENCE_MS)
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit
  const response = await authorized(method, path, { ...options, signal })
  const receivedAt = performance.now()
  const text = await unlessUnreachable(response.text(), options.signal)
  if (!response.ok) throw new ApiError(problemOf(response.status, text))
  return { data: (text ? JSON.parse(text) : undefined) as T, receivedAt }
}

/** Send a request with the session's token; when that has expired, renew it once and send it again. */
export async function authorized(method: string, path: string, options: Options = {}): Promise<Response> {
  const own = options.token !== undefined
  const token = own ? options.token : tokens.access()
  const response = await send(method, path, options, token ?? null)
  if (response.status !== 401 || own || !token) return response
  // Another request may have renewed it while this one was under way.
  const renewed = tokens.access() !== token || (await renew())
  if (renewed && tokens.access()) return send(method, path, options, tokens.access())
  return response
}

/** Get a new access token; all who ask at the same time share one request. False when the login is over. */
function renew(): Promise<boolean> {
  renewing ??= askForToken().finally(() => {
    renewing = null
  })
  return renewing
}

async function askForToken(): Promise<boolean> {
  const token = tokens.refresh()
  if (!token) return loggedOut()
  const response = await send('POST', '/users/refresh/', { signal: AbortSignal.timeout(PATIENCE_MS) }, token)
  if (response.ok) {
    tokens.renewed((await response.json()) as Renewed)
    return true
  }
  if (response.status === 401) return loggedOut()
  throw new ApiError(problemOf(response.status, await response.text()))
}

function loggedOut(): false {
  tokens.lost()
  return false
}

function send(method: string, path: string, options: Options, token: string | null): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  const isFile = options.body instanceof Blob
  if (options.body !== undefined && !isFile) headers['Content-Type'] = 'application/json'
  if (token) headers.Authorization = `Bearer ${token}`
  const body = isFile || options.body === undefined ? (options.body as Blob | undefined) : JSON.stringify(options.body)
  const init: RequestInit = { method, headers, body, cache: 'no-store' }
  if (options.signal) init.signal = options.signal
  return unlessUnreachable(fetch(path + queryOf(options.query), init), options.signal)
}

async function unlessUnreachable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await promise
  } catch (error) {
    if (signal?.aborted && (error as Error).name === 'AbortError') throw error
    throw new Unreachable()
  }
}

function queryOf(query: Options['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '')
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : ''
}

function problemOf(status: number, text: string): Problem {
  try {
    const body = JSON.parse(text) as Partial<Problem>
    return { ...body, status, code: body.code ?? `http_${status}`, detail: body.detail ?? '' }
  } catch {
    return { status, code: `http_${status}`, detail: '' }
  }
}
