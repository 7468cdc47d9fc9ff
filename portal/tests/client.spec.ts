import { afterEach, expect, test, vi } from 'vitest'
import { ApiError, ok } from '@/api/client'
import * as calls from '@/api/calls'

afterEach(() => vi.unstubAllGlobals())

/** The browser's fetch, answering so; what was asked is returned. */
function answering(response: Response | Error): Request[] {
  const asked: Request[] = []
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) => {
    asked.push(new Request(url, init))
    return response instanceof Error ? Promise.reject(response) : Promise.resolve(response)
  })
  return asked
}

test('what is asked has its path, its query without what is not given, and its headers', async () => {
  const asked = answering(Response.json({ items: [], next: null }))
  await calls.tasks('open', null, 20, { q: '技术 合同', status: ['returned', 'approved'], since: undefined })
  const url = new URL(asked[0]!.url)
  expect([url.pathname, url.search]).toEqual([
    '/api/workflow/tasks',
    '?state=open&limit=20&q=%E6%8A%80%E6%9C%AF+%E5%90%88%E5%90%8C&status=returned&status=approved',
  ])
})

test('a body is JSON and a header is sent', async () => {
  const asked = answering(Response.json({ version: 4 }))
  await calls.saveDraft('a/b', 3, { business_type: null, form: {} as never })
  expect(asked[0]!.method).toBe('PUT')
  expect(new URL(asked[0]!.url).pathname).toBe('/api/request/drafts/a%2Fb')
  expect(asked[0]!.headers.get('if-match')).toBe('"3"')
  expect(await asked[0]!.json()).toEqual({ business_type: null, form: {} })
})

test('an answer without a body is none', async () => {
  answering(new Response(null, { status: 204 }))
  await expect(calls.signOut()).resolves.toBeUndefined()
})

test('a refusal keeps what it says; a broken network is being offline', async () => {
  answering(Response.json({ code: 'task_closed', title: '已经处理过了' }, { status: 409 }))
  await expect(calls.task('1')).rejects.toMatchObject({ status: 409, code: 'task_closed', message: '已经处理过了' })
  answering(new TypeError('failed to fetch'))
  await expect(calls.task('1')).rejects.toMatchObject({ offline: true })
  answering(new Response('<h1>502</h1>', { status: 502 }))
  await expect(ok(Promise.reject(new Error('gone')))).rejects.toBeInstanceOf(ApiError)
  await expect(calls.task('1')).rejects.toMatchObject({ status: 502, code: 'http_502' })
})
