import type { SealedItem, UseBody, UseView } from '@/api/desk'
import { newKey } from '@/logic/key'
import { texts } from '@/text'
import { desk } from '@/text/desk'

/** A line of a registration as it is edited. */
export interface UseLine {
  key: string
  item: SealedItem
  count: number | null
  material_row: number | null
}

/** What can be registered of a seal or certificate, at most. */
export interface Most {
  item: SealedItem
  most: number
}

export const ITEM_NAMES: Record<SealedItem, string> = { ...texts.apply.sealNames, ...texts.apply.certificates }
const CERTIFICATES: SealedItem[] = ['legal_certificate', 'legal_id_copy']

export const isCertificate = (item: SealedItem): boolean => CERTIFICATES.includes(item)

export function newLine(item: SealedItem, count: number | null, materialRow: number | null = null): UseLine {
  return { key: newKey(), item, count, material_row: materialRow }
}

/** What is missing or too much, in words; empty when nothing is. */
export function faultOf(lines: UseLine[], allowed: Most[]): string {
  const words = desk.counter
  for (const { item, most } of allowed) {
    const own = lines.filter((line) => line.item === item)
    if (own.some((line) => line.count === null)) return words.needCount(ITEM_NAMES[item])
    if (sumOf(own) > most) return words.tooMany(ITEM_NAMES[item], most)
  }
  return ''
}

export function sumOf(lines: UseLine[]): number {
  return lines.reduce((sum, line) => sum + (line.count ?? 0), 0)
}

export function bodyOf(lines: UseLine[]): UseBody[] {
  return lines.map(({ item, count, material_row }) => ({ item, count: count ?? 0, material_row }))
}

/** 校章 2 个（合同），法人证书 1 个 */
export function said(uses: UseView[]): string {
  const one = (use: UseView): string =>
    `${ITEM_NAMES[use.item]} ${use.count} ${texts.apply.unitWord}${use.material ? desk.ledger.onMaterial(use.material) : ''}`
  return uses.length > 0 ? uses.map(one).join('，') : desk.ledger.nothing
}
