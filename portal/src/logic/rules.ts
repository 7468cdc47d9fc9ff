import type { FieldError } from '@/api/client'
import type { BusinessType, FormDraft, MaterialDraft } from '@/api/types'
import { texts } from '@/text'

/** The rules of 正式提交, as request-svc has them: people learn of a mistake before they send it. */

const NAME_LIMIT = 50
const MATERIAL_LIMIT = 200
const PLACE_LIMIT = 500
const COUNT_LIMIT = 9999
const MAINLAND_MOBILE = /^1[3-9][0-9]{9}$/
const words = texts.rules

export const SEALS = ['university', 'president', 'party_committee'] as const
export const CERTIFICATES = ['legal_certificate', 'legal_id_copy'] as const

export function errorsOf(form: FormDraft, businessType: BusinessType | null): FieldError[] {
  return [
    ...(businessType ? [] : [error('business_type', words.businessType)]),
    ...(form.commitment ? [] : [error('form.commitment', words.commitment)]),
    ...(form.unit_id ? [] : [error('form.unit_id', words.unit)]),
    ...(form.approving_department_id ? [] : [error('form.approving_department_id', words.department)]),
    ...text('form.applicant_name', form.applicant_name, words.terms.applicant_name, NAME_LIMIT),
    ...mobile('form.applicant_mobile', form.applicant_mobile, words.terms.applicant_mobile),
    ...text('form.handler_name', form.handler_name, words.terms.handler_name, NAME_LIMIT),
    ...mobile('form.handler_mobile', form.handler_mobile, words.terms.handler_mobile),
    ...form.materials.flatMap(material),
    ...answer('form.power_of_attorney', form.power_of_attorney, words.terms.power_of_attorney),
    ...answer('form.horizontal_contract', form.horizontal_contract, words.terms.horizontal_contract),
    ...contract(form),
    ...seals(form),
  ]
}

/** As people type them: full-width digits, blanks, hyphens and +86 are understood. */
export function plainMobile(typed: string | null): string {
  return (typed ?? '').normalize('NFKC').replace(/[\s-]/g, '').replace(/^\+86/, '')
}

function error(field: string, message: string, code = 'required'): FieldError {
  return { field, code, message }
}

function text(field: string, given: string | null, label: string, limit: number): FieldError[] {
  const trimmed = (given ?? '').trim()
  if (!trimmed) return [error(field, words.fill(label))]
  return trimmed.length > limit ? [error(field, words.tooLong(label, limit), 'too_long')] : []
}

function mobile(field: string, given: string | null, label: string): FieldError[] {
  const number = plainMobile(given)
  if (!number) return [error(field, words.fill(label))]
  return MAINLAND_MOBILE.test(number) ? [] : [error(field, words.mobile(label), 'not_a_mobile')]
}

function material(row: MaterialDraft, index: number): FieldError[] {
  const where = `form.materials.${index}`
  const label = words.material(index + 1)
  const found = text(`${where}.name`, row.name, words.materialName(label), MATERIAL_LIMIT)
  if (row.files.length === 0) found.push(error(`${where}.files`, words.materialFiles(label)))
  if (row.copies === null) found.push(error(`${where}.copies`, words.materialCopies(label)))
  else if (!whole(row.copies, 1)) {
    found.push(error(`${where}.copies`, words.copiesRange(label, COUNT_LIMIT), 'out_of_range'))
  }
  return found
}

function answer(field: string, given: boolean | null, label: string): FieldError[] {
  return given === null ? [error(field, words.choose(label))] : []
}

function contract(form: FormDraft): FieldError[] {
  if (!form.horizontal_contract || form.contract_files.length > 0) return []
  return [error('form.contract_files', words.contractFiles)]
}

function seals(form: FormDraft): FieldError[] {
  const asked = [
    ...SEALS.map((key) => ({
      where: `form.seals.${key}`,
      detail: 'place',
      count: form.seals[key].count,
      text: form.seals[key].place,
      label: words.terms[key],
      detailLabel: words.placeOf(words.terms[key]),
    })),
    ...CERTIFICATES.map((key) => ({
      where: `form.${key}`,
      detail: 'purpose',
      count: form[key].count,
      text: form[key].purpose,
      label: words.terms[key],
      detailLabel: words.purposeOf(words.terms[key]),
    })),
  ]
  const found = asked.some((one) => one.count) ? [] : [error('form.seals', words.nothing, 'nothing_to_seal')]
  for (const one of asked) {
    const field = `${one.where}.count`
    if (one.count !== null && !whole(one.count, 0)) {
      found.push(error(field, words.countRange(one.label, COUNT_LIMIT), 'out_of_range'))
    } else if (one.count) {
      found.push(...text(`${one.where}.${one.detail}`, one.text, one.detailLabel, PLACE_LIMIT))
    } else if ((one.text ?? '').trim()) {
      found.push(error(field, words.countMissing(one.detailLabel, one.label)))
    }
  }
  return found
}

function whole(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= COUNT_LIMIT
}

const EXTENSIONS = ['pdf', 'doc', 'docx', 'xls', 'xlsx', 'png', 'jpg', 'jpeg']
export const FILE_LIMIT = 50_000_000

/** Why a file need not be sent at all, or null. */
export function fileRefusal(name: string, bytes: number): string | null {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  if (!EXTENSIONS.includes(extension)) return texts.errors.file_type_not_allowed
  if (bytes === 0) return texts.errors.file_empty
  return bytes > FILE_LIMIT ? texts.errors.file_too_large : null
}
