import type { FileView, MaterialDraft } from '@/api/types'
import { texts } from '@/text'
import { filesOf } from './form'

/**
 * 用章位置 is free text: 第1项用印材料2,3页；第2项末页. What can be understood of it is compared with
 * the files that were uploaded. It is never refused for not being understood.
 */
export interface Place {
  item: number
  pages: number[] | 'last' | 'every' | null // null: not said, or not understood
}

const ITEM = /第\s*(\d{1,3})\s*项/g
const RANGE = String.raw`\d{1,4}(?:\s*[-–~至到]\s*第?\s*\d{1,4})?`
const PAGES = new RegExp(String.raw`第?\s*(${RANGE}(?:\s*页?\s*[,、和及]\s*第?\s*${RANGE})*)\s*页`)
const PAGES_AT_MOST = 500

export function placesIn(text: string): Place[] {
  const plain = text.normalize('NFKC')
  const starts = [...plain.matchAll(ITEM)]
  return starts.map((start, index) => {
    const from = (start.index ?? 0) + start[0].length
    return { item: Number(start[1]), pages: pagesIn(plain.slice(from, starts[index + 1]?.index)) }
  })
}

function pagesIn(text: string): Place['pages'] {
  if (/[末尾]页|最后[1一]页/.test(text)) return 'last'
  if (/每[1一]?页|各页|所有页|全部页/.test(text)) return 'every'
  if (/首页|封面/.test(text)) return [1]
  const found = PAGES.exec(text)?.[1]
  if (!found) return null
  return found.split(/[,、和及]/).flatMap(range)
}

function range(text: string): number[] {
  const [first = 0, last = first] = (text.match(/\d+/g) ?? []).map(Number)
  const count = Math.min(last - first + 1, PAGES_AT_MOST)
  return Array.from({ length: Math.max(count, 0) }, (_, index) => first + index)
}

/** How many pages a row's files have together; null where one of them does not say. */
function pagesOf(row: MaterialDraft, files: readonly FileView[]): number | null {
  const found = filesOf(row.files, files)
  if (found.length === 0 || found.some((file) => file.pages === null)) return null
  return found.reduce((sum, file) => sum + (file.pages ?? 0), 0)
}

/** What about a place does not fit the materials; '' when all does, as far as it is understood. */
export function placeDoubt(text: string, rows: readonly MaterialDraft[], files: readonly FileView[]): string {
  for (const place of placesIn(text)) {
    const row = rows[place.item - 1]
    if (!row) return texts.apply.noSuchItem(place.item)
    const most = pagesOf(row, files)
    const wrong = Array.isArray(place.pages) && most !== null ? place.pages.find((page) => page < 1 || page > most) : undefined
    if (wrong !== undefined && most !== null) return texts.apply.noSuchPage(place.item, most, wrong)
  }
  return ''
}

/** How many impressions the places ask for: pages times copies; null where not all is understood. */
export function impressions(text: string, rows: readonly MaterialDraft[], files: readonly FileView[]): number | null {
  const places = placesIn(text)
  let sum = 0
  for (const { item, pages } of places) {
    const row = rows[item - 1]
    if (!row?.copies || pages === null) return null
    const count = pages === 'last' ? 1 : pages === 'every' ? pagesOf(row, files) : pages.length
    if (count === null) return null
    sum += count * row.copies
  }
  return places.length > 0 ? sum : null
}
