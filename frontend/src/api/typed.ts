/** The client's calls, with paths, parameters, bodies and answers as the API describes them. */

import { call, type Answer, type Options } from './client'
import type { paths } from './schema'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type PathWith<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths]
type Content<T> = T extends { content: { 'application/json': infer Json } } ? Json : never
type Successful<R> = R extends { 200: infer T } | { 201: infer T } ? Content<T> : void
type ResultOf<O> = O extends { responses: infer R } ? Successful<R> : never
type Given<T> = Exclude<T, undefined>

type PathOf<O> = O extends { parameters: { path: infer P } } ? { path: P } : { path?: undefined }
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? { query?: Given<Q> } : { query?: undefined }
type BodyOf<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : O extends { requestBody: { content: { 'image/png': unknown } } }
    ? { body: Blob }
    : { body?: undefined }
type Rest = Pick<Options, 'headers' | 'signal' | 'token'>
type Request<O> = PathOf<O> & QueryOf<O> & BodyOf<O> & Rest

type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never
/** Nothing need be said of an operation that needs nothing. */
type Arguments<O> = Record<never, never> extends Request<O> ? [request?: Request<O>] : [request: Request<O>]

/** Call an operation; the answer comes with when it arrived. Throws ApiError or Unreachable. */
export function ask<M extends Method, P extends PathWith<M>>(
  method: M,
  path: P,
  ...[request]: Arguments<Operation<P, M>>
): Promise<Answer<ResultOf<Operation<P, M>>>> {
  const { path: values, ...options } = (request ?? {}) as Options & { path?: Record<string, string | number> }
  return call(method.toUpperCase(), filled(path, values ?? {}), options)
}

const asking =
  <M extends Method>(method: M) =>
  async <P extends PathWith<M>>(path: P, ...request: Arguments<Operation<P, M>>): Promise<ResultOf<Operation<P, M>>> =>
    (await ask(method, path, ...request)).data

export const get = asking('get')
export const post = asking('post')
export const put = asking('put')
export const patch = asking('patch')
export const remove = asking('delete')

/** The path with its `{names}` replaced. */
function filled(path: string, values: Record<string, string | number>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name]!))
}
