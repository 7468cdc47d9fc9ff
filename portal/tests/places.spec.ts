import { expect, test } from 'vitest'
import type { FileView, MaterialDraft } from '@/api/types'
import { impressions, placeDoubt, placesIn } from '@/logic/places'

const file = (id: string, pages: number | null): FileView => ({ id, name: id, bytes: 1, media_type: 'application/pdf', sha256: '', pages })
const row = (copies: number | null, ...files: string[]): MaterialDraft => ({ row_id: files.join(), name: '', copies, files })
const FILES = [file('three', 3), file('five', 5), file('word', null)]
const ROWS = [row(4, 'three'), row(2, 'five'), row(1, 'word')]

test('places are understood as people write them', () => {
  expect(placesIn('第1项用印材料2,3页')).toEqual([{ item: 1, pages: [2, 3] }])
  expect(placesIn('第１项用印材料第3页，第2项用印材料末页')).toEqual([
    { item: 1, pages: [3] },
    { item: 2, pages: 'last' },
  ])
  expect(placesIn('第1项 1-3、5页；第2项每页')).toEqual([
    { item: 1, pages: [1, 2, 3, 5] },
    { item: 2, pages: 'every' },
  ])
  expect(placesIn('第1项骑缝')).toEqual([{ item: 1, pages: null }])
  expect(placesIn('落款处')).toEqual([])
})

test('a page that the file does not have is pointed out, and so is a row that is not there', () => {
  expect(placeDoubt('第1项2,3页', ROWS, FILES)).toBe('')
  expect(placeDoubt('第1项第4页', ROWS, FILES)).toContain('3 页')
  expect(placeDoubt('第5项第1页', ROWS, FILES)).toContain('第 5 项')
})

test('what is not understood, or has no pages, raises no doubt', () => {
  expect(placeDoubt('合同落款处', ROWS, FILES)).toBe('')
  expect(placeDoubt('第3项第40页', ROWS, FILES)).toBe('')
})

test('impressions are pages times copies, where all is known', () => {
  expect(impressions('第1项2,3页；第2项末页', ROWS, FILES)).toBe(4 * 2 + 2)
  expect(impressions('第2项每页', ROWS, FILES)).toBe(10)
  expect(impressions('第3项每页', ROWS, FILES)).toBeNull()
  expect(impressions('第1项骑缝', ROWS, FILES)).toBeNull()
  expect(impressions('', ROWS, FILES)).toBeNull()
})
