import type { BusinessType, FormDraft } from '@/api/types'

/** What was typed, kept in this browser until the server has it. Never another person's. */
export interface LocalCopy {
  version: number // of the draft that it was typed into
  business_type: BusinessType | null
  form: FormDraft
}

const PREFIX = 'sealflow.draft.'
const OPINION = 'sealflow.opinion.'

function name(personId: string, draftId: string): string {
  return `${PREFIX}${personId}.${draftId}`
}

export function keepLocally(personId: string, draftId: string, copy: LocalCopy): void {
  try {
    localStorage.setItem(name(personId, draftId), JSON.stringify(copy))
  } catch {
    // The browser keeps nothing (full, or forbidden): the server's copy is then the only one.
  }
}

export function localCopy(personId: string, draftId: string): LocalCopy | null {
  try {
    return JSON.parse(localStorage.getItem(name(personId, draftId)) ?? 'null') as LocalCopy | null
  } catch {
    return null
  }
}

export function forgetLocally(personId: string, draftId: string): void {
  try {
    localStorage.removeItem(name(personId, draftId))
  } catch {
    // Nothing was kept.
  }
}

export function keepOpinion(personId: string, taskId: string, typed: string): void {
  if (!typed) return forgetOpinion(personId, taskId)
  try {
    localStorage.setItem(`${OPINION}${personId}.${taskId}`, typed)
  } catch {
    // As above.
  }
}

export function keptOpinion(personId: string, taskId: string): string {
  try {
    return localStorage.getItem(`${OPINION}${personId}.${taskId}`) ?? ''
  } catch {
    return ''
  }
}

export function forgetOpinion(personId: string, taskId: string): void {
  try {
    localStorage.removeItem(`${OPINION}${personId}.${taskId}`)
  } catch {
    // Nothing was kept.
  }
}
