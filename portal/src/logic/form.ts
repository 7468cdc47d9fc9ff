import type { Draft, FileView, FormDraft, MaterialDraft } from '@/api/types'
import { newKey } from './key'

/** A row with an id of its own: uploads and focus follow the row, not its place in the list. */
export function emptyRow(): MaterialDraft {
  return { row_id: newKey(), name: null, copies: null, files: [] }
}

/** Everything but the files: the same paper is not sealed twice. */
export function copyRow(row: MaterialDraft): MaterialDraft {
  return { ...row, row_id: newKey(), files: [] }
}

/** A form as the screen edits it: nothing missing, at least one row, every row with an id. */
export function editable(form: Partial<Draft['form']>): FormDraft {
  const rows = (form.materials ?? []).map(row)
  return {
    commitment: form.commitment ?? false,
    unit_id: form.unit_id ?? null,
    approving_department_id: form.approving_department_id ?? null,
    applicant_name: form.applicant_name ?? null,
    applicant_mobile: form.applicant_mobile ?? null,
    handler_name: form.handler_name ?? null,
    handler_mobile: form.handler_mobile ?? null,
    materials: rows.length > 0 ? rows : [emptyRow()],
    power_of_attorney: form.power_of_attorney ?? null,
    horizontal_contract: form.horizontal_contract ?? null,
    contract_files: form.contract_files ?? [],
    seals: {
      university: seal(form.seals?.university),
      president: seal(form.seals?.president),
      party_committee: seal(form.seals?.party_committee),
    },
    legal_certificate: certificate(form.legal_certificate),
    legal_id_copy: certificate(form.legal_id_copy),
  }
}

type Sent = Draft['form']

function row(sent: Sent['materials'][number]): MaterialDraft {
  return { row_id: sent.row_id || newKey(), name: sent.name ?? null, copies: sent.copies ?? null, files: sent.files }
}

function seal(sent?: Sent['seals']['university']): FormDraft['seals']['university'] {
  return { count: sent?.count ?? null, place: sent?.place ?? null }
}

function certificate(sent?: Sent['legal_certificate']): FormDraft['legal_certificate'] {
  return { count: sent?.count ?? null, purpose: sent?.purpose ?? null }
}

/** The files with these ids, in their order; an id that is not known is left out. */
export function filesOf(ids: readonly string[], files: readonly FileView[]): FileView[] {
  return ids.flatMap((id) => files.filter((file) => file.id === id))
}
