import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ApiError, refusal } from '@/api/client'
import { valueAt } from '@/logic/fields'
import { appended } from '@/logic/opinions'
import { size } from '@/logic/size'
import { duration, minute, momentOf, second } from '@/logic/time'
import { target } from '@/router'
import { desk } from '@/text/desk'
import { explain } from '@/text/errors'

test('times are those of the organisation, to the second where a record needs it', () => {
  expect(minute('2026-02-16T03:42:10Z')).toBe('2026-02-16 11:42')
  expect(second('2026-02-16T16:00:00Z')).toBe('2026-02-17 00:00:00')
})

test('a time that was typed is one of the organisation, wherever the browser is', () => {
  expect(momentOf('2026-02-16T11:42').toISOString()).toBe('2026-02-16T03:42:00.000Z')
  expect(minute(momentOf('2026-12-31T23:59'))).toBe('2026-12-31 23:59')
})

test('durations show the two largest units', () => {
  expect([30, 300, 7500, 183_000].map(duration)).toEqual(['不到1分钟', '5分钟', '2小时5分钟', '2天2小时'])
})

test('sizes are short', () => {
  expect([12, 300_000, 1_500_000].map(size)).toEqual(['12 B', '293 KB', '1.4 MB'])
})

test('a canned opinion is added to what was written and never replaces it', () => {
  expect(appended('', '同意')).toBe('同意')
  expect(appended('已核对份数', '同意。')).toBe('已核对份数；同意。')
  expect(appended('已核对份数。', '同意。')).toBe('已核对份数。同意。')
})

test('signing in leads only to pages of this application', () => {
  expect(target('/tasks/1?a=b')).toBe('/tasks/1?a=b')
  for (const elsewhere of ['https://evil.example', '//evil.example', '/\\evil.example', undefined]) {
    expect(target(elsewhere)).toBe('/')
  }
})

test('a refusal keeps its code, its fields and its details', () => {
  const problem = { type: 'about:blank', title: '太快', status: 409, code: 'urged_too_soon', retry_after_seconds: 60 }
  const error = refusal(409, problem)
  expect(error).toMatchObject({ status: 409, code: 'urged_too_soon', message: '太快', errors: [] })
  expect(error.details.retry_after_seconds).toBe(60)
})

test('an answer that is no problem document still explains itself', () => {
  expect(explain(refusal(502, 'bad gateway'))).not.toBe('')
  expect(explain(new ApiError(0, 'offline', ''))).toContain('网络')
})

test('a path finds its value in the form', () => {
  const form = { materials: [{ copies: 3 }] }
  expect(valueAt(form, 'form.materials.0.copies')).toBe(3)
  expect(valueAt(form, 'form.seals.university.count')).toBeUndefined()
})

test('every fault of a definition has a sentence, as it has a line in the guide', () => {
  const guide = readFileSync('../docs/first-flow.md', 'utf8')
  expect([...guide.matchAll(/^\| (D\d\d) /gm)].map((line) => line[1])).toEqual(Object.keys(desk.flows.faults).sort())
})
