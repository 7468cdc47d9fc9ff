import { describe, expect, it } from 'vitest'
import type { FormDraft } from '@/api/types'
import { errorsOf, plainMobile } from '@/logic/rules'
import { appended } from '@/logic/opinions'
import { size } from '@/logic/size'

function complete(): FormDraft {
  return {
    commitment: true,
    unit_id: '0192f0c0-0000-7000-8000-000000000001',
    approving_department_id: '0192f0c0-0000-7000-8000-000000000002',
    applicant_name: '沈知珺',
    applicant_mobile: '19900000029',
    handler_name: '梁荻锦',
    handler_mobile: '19900000030',
    materials: [{ row_id: '1', name: '任务书', copies: 5, files: ['0192f0c0-0000-7000-8000-000000000003'] }],
    power_of_attorney: false,
    horizontal_contract: false,
    contract_files: [],
    seals: {
      university: { count: 2, place: '第1项用印材料2,3页' },
      president: { count: 0, place: '' },
      party_committee: { count: 0, place: '' },
    },
    legal_certificate: { count: 0, purpose: '' },
    legal_id_copy: { count: 0, purpose: '' },
  }
}

function fields(change: (form: FormDraft) => void): string[] {
  const form = complete()
  change(form)
  return errorsOf(form, 'research').map((error) => error.field)
}

describe('the rules of 正式提交', () => {
  it('find nothing wrong with a complete form', () => {
    expect(fields(() => undefined)).toEqual([])
  })

  it('ask for the commitment', () => {
    expect(fields((form) => (form.commitment = false))).toEqual(['form.commitment'])
  })

  it('name the row and the field of a material', () => {
    expect(fields((form) => (form.materials[0]!.copies = null))).toEqual(['form.materials.0.copies'])
  })

  it('ask for the contract of a 横向合同', () => {
    expect(fields((form) => (form.horizontal_contract = true))).toEqual(['form.contract_files'])
  })

  it('refuse what is no mobile number', () => {
    expect(fields((form) => (form.handler_mobile = '010-62750139'))).toEqual(['form.handler_mobile'])
  })

  it('ask for a place where a count is given', () => {
    const found = fields((form) => (form.seals.university.place = ''))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('form.seals.university')
  })
})

describe('what people type', () => {
  it('is understood as a mobile number with blanks, hyphens, full-width digits and +86', () => {
    expect(plainMobile('+86 199-0000 ００２９')).toBe('19900000029')
  })

  it('is kept when a canned opinion is added', () => {
    expect(appended('材料齐全', '同意')).toBe('材料齐全；同意')
    expect(appended('', '同意')).toBe('同意')
  })

  it('is shown with a readable size', () => {
    expect(size(300_000)).toBe('293 KB')
  })
})
