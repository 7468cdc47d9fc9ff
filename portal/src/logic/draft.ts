import { onMounted, onUnmounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import * as calls from '@/api/calls'
import { ApiError } from '@/api/client'
import type { BusinessType, Draft, FormDraft } from '@/api/types'
import { editable } from './form'
import { forgetLocally, keepLocally, localCopy } from './localcopy'
import { asApiError } from './resource'

export const AUTOSAVE_MILLISECONDS = 8_000

export type SaveState = 'saved' | 'unsaved' | 'saving' | 'offline' | 'failed' | 'conflict'

export interface DraftKeeper {
  draft: ShallowRef<Draft | null>
  error: ShallowRef<ApiError | null>
  form: Ref<FormDraft>
  businessType: Ref<BusinessType | null>
  state: Ref<SaveState>
  problem: ShallowRef<ApiError | null>
  load: () => Promise<'restored' | 'loaded' | 'failed'>
  /** True when the server now has what is on the screen. */
  save: () => Promise<boolean>
  keepMine: () => Promise<boolean>
  takeTheirs: () => Promise<void>
}

/**
 * A draft while it is worked on: each change is kept in this browser at once, and on the server a
 * few seconds later, when the page is hidden, and on 暂存. What somebody saved elsewhere meanwhile
 * is never overwritten unasked.
 */
export function useDraft(id: string, personId: string): DraftKeeper {
  const draft = shallowRef<Draft | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const problem = shallowRef<ApiError | null>(null)
  const form = ref<FormDraft>(editable({}))
  const businessType = ref<BusinessType | null>(null)
  const state = ref<SaveState>('saved')
  let version = 0
  let savedContent = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<boolean> | null = null

  const content = (): string => JSON.stringify([businessType.value, form.value])

  function show(type: BusinessType | null, shown: Draft['form']): void {
    businessType.value = type
    form.value = editable(shown)
  }

  async function load(): Promise<'restored' | 'loaded' | 'failed'> {
    try {
      const found = await calls.draft(id)
      draft.value = found
      error.value = null
      version = found.version
      show(found.business_type, found.form)
      savedContent = content()
      state.value = 'saved'
    } catch (failure) {
      error.value = asApiError(failure)
      return 'failed'
    }
    return restore() ? 'restored' : 'loaded'
  }

  function restore(): boolean {
    const kept = localCopy(personId, id)
    if (!kept) return false
    const theirs = version
    const type = businessType.value
    const shown = form.value
    show(kept.business_type, kept.form)
    if (content() === savedContent) {
      show(type, shown)
      forgetLocally(personId, id)
      return false
    }
    state.value = kept.version === theirs ? 'unsaved' : 'conflict'
    return state.value === 'unsaved'
  }

  function changed(): void {
    if (!draft.value || content() === savedContent) return
    keepLocally(personId, id, { version, business_type: businessType.value, form: form.value })
    if (state.value === 'conflict') return
    if (state.value !== 'saving') state.value = 'unsaved'
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), AUTOSAVE_MILLISECONDS)
  }

  async function save(): Promise<boolean> {
    clearTimeout(timer)
    if (saving) await saving
    if (!draft.value || state.value === 'conflict') return false
    if (content() === savedContent) {
      state.value = 'saved'
      return true
    }
    saving = send()
    try {
      return await saving
    } finally {
      saving = null
    }
  }

  async function send(): Promise<boolean> {
    const sent = content()
    state.value = 'saving'
    try {
      const kept = await calls.saveDraft(id, version, { business_type: businessType.value, form: form.value })
      version = kept.version
      savedContent = sent
      problem.value = null
      draft.value = { ...kept, files: mergedFiles(kept) }
      state.value = content() === sent ? 'saved' : 'unsaved'
      if (state.value === 'saved') forgetLocally(personId, id)
      else changed()
      return state.value === 'saved'
    } catch (failure) {
      return refused(asApiError(failure))
    }
  }

  /** A file that arrived while the form was being saved is not in that answer yet. */
  function mergedFiles(kept: Draft): Draft['files'] {
    const known = new Set(kept.files.map((file) => file.id))
    return [...kept.files, ...(draft.value?.files ?? []).filter((file) => !known.has(file.id))]
  }

  function refused(failure: ApiError): false {
    problem.value = failure
    if (failure.code === 'draft_changed_elsewhere') state.value = 'conflict'
    else state.value = failure.offline ? 'offline' : 'failed'
    if (failure.offline) schedule()
    return false
  }

  async function keepMine(): Promise<boolean> {
    version = (await calls.draft(id)).version
    state.value = 'unsaved'
    return save()
  }

  async function takeTheirs(): Promise<void> {
    forgetLocally(personId, id)
    await load()
  }

  const onHide = (): void => {
    if (document.visibilityState === 'hidden') void save()
  }
  const onOnline = (): void => {
    if (state.value === 'offline') void save()
  }

  watch([form, businessType], changed, { deep: true })
  onMounted(() => {
    document.addEventListener('visibilitychange', onHide)
    window.addEventListener('online', onOnline)
  })
  onUnmounted(() => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onHide)
    window.removeEventListener('online', onOnline)
  })
  return { draft, error, form, businessType, state, problem, load, save, keepMine, takeTheirs }
}
