import { expect, test } from 'vitest'
import { editable, copyRow, filesOf } from '@/logic/form'
import { errorsOf, fileRefusal, plainMobile } from '@/logic/rules'
import type { FormDraft } from '@/api/types'

function filled(): FormDraft {
  const form = editable({})
  return {
    ...form,
    commitment: true,
    unit_id: 'unit',
    approving_department_id: 'department',
    applicant_name: '沈知远',
    applicant_mobile: '13800000000',
    handler_name: '李禾',
    handler_mobile: '+86 139-0000-0000',
    materials: [{ row_id: 'a', name: '任务书', copies: 2, files: ['file'] }],
    power_of_attorney: false,
    horizontal_contract: false,
    seals: { ...form.seals, university: { count: 1, place: '第1项2页' } },
  }
}

const fields = (form: FormDraft): string[] => errorsOf(form, 'research').map((error) => error.field)

test('a complete form has no errors', () => {
  expect(errorsOf(filled(), 'research')).toEqual([])
})

test('an empty form names every field that must be filled in, in the order of the page', () => {
  expect(errorsOf(editable({}), null).map((error) => error.field)).toEqual([
    'business_type',
    'form.commitment',
    'form.unit_id',
    'form.approving_department_id',
    'form.applicant_name',
    'form.applicant_mobile',
    'form.handler_name',
    'form.handler_mobile',
    'form.materials.0.name',
    'form.materials.0.files',
    'form.materials.0.copies',
    'form.power_of_attorney',
    'form.horizontal_contract',
    'form.seals',
  ])
})

test('a count needs a place and a place needs a count', () => {
  const form = filled()
  form.seals.university.place = ' '
  form.seals.president.place = '第1项末页'
  expect(fields(form)).toEqual(['form.seals.university.place', 'form.seals.president.count'])
})

test('a certificate needs a purpose', () => {
  const form = filled()
  form.legal_certificate = { count: 2, purpose: null }
  expect(fields(form)).toEqual(['form.legal_certificate.purpose'])
})

test('a contract asks for its files', () => {
  expect(fields({ ...filled(), horizontal_contract: true })).toEqual(['form.contract_files'])
})

test('copies are at least one', () => {
  const form = filled()
  form.materials[0]!.copies = 0
  expect(fields(form)).toEqual(['form.materials.0.copies'])
})

test('a mobile number is understood as people type it, and a landline is not one', () => {
  expect(plainMobile('１３８ 0000-0000')).toBe('13800000000')
  expect(fields({ ...filled(), handler_mobile: '010-62750000' })).toEqual(['form.handler_mobile'])
})

test('a copied row has an id of its own and no files', () => {
  const row = filled().materials[0]!
  const copy = copyRow(row)
  expect(copy).toMatchObject({ name: '任务书', copies: 2, files: [] })
  expect(copy.row_id).not.toBe(row.row_id)
})

test('files are shown in the order of the form', () => {
  const file = (id: string) => ({ id, name: id, bytes: 1, media_type: 'application/pdf', sha256: '', pages: 1 })
  expect(filesOf(['b', 'gone', 'a'], [file('a'), file('b')]).map((one) => one.id)).toEqual(['b', 'a'])
})

test('a file that the server would refuse is refused before it is sent', () => {
  expect(fileRefusal('program.exe', 10)).toContain('PDF')
  expect(fileRefusal('empty.pdf', 0)).toContain('空')
  expect(fileRefusal('film.pdf', 60_000_000)).toContain('50 MB')
  expect(fileRefusal('合同.PDF', 10)).toBeNull()
})
