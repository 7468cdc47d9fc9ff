// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

const BUDGET = 120_000 // bytes after gzip: all that an applicant or an approver loads

it('everything people load stays within the budget', () => {
  const assets = new URL('../dist/assets/', import.meta.url)
  const loaded = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name))
  const bytes = loaded.map((name) => gzipSync(readFileSync(new URL(name, assets))).length)
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(BUDGET)
})
