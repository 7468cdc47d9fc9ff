import { computed, nextTick, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import * as calls from '@/api/calls'
import type { ApiError, FieldError } from '@/api/client'
import type { Submission } from '@/api/types'
import type { DraftKeeper } from './draft'
import { valueAt } from './fields'
import { newKey } from './key'
import { asApiError } from './resource'
import { errorsOf } from './rules'

export interface Submitting {
  errors: ComputedRef<FieldError[]>
  busy: Ref<boolean>
  done: ShallowRef<Submission | null>
  refused: ShallowRef<ApiError | null>
  /** Whether the form may be sent; if not, `errors` says why from now on, as they are mended. */
  check: () => boolean
  submit: (draftId: string) => Promise<void>
}

/** 正式提交: our own rules first, then the server's answer, both in one list of errors. */
export function useSubmission(keeper: DraftKeeper): Submitting {
  const tried = ref(false)
  const busy = ref(false)
  const done = shallowRef<Submission | null>(null)
  const refused = shallowRef<ApiError | null>(null)
  const theirs = shallowRef<{ error: FieldError; value: string }[]>([])
  let key = newKey()

  const shown = (path: string): string => JSON.stringify(valueAt(keeper.form.value, path) ?? null)
  const own = computed(() => (tried.value ? errorsOf(keeper.form.value, keeper.businessType.value) : []))
  const errors = computed(() => {
    const fields = new Set(own.value.map((error) => error.field))
    const open = theirs.value.filter(({ error, value }) => shown(error.field) === value)
    return [...own.value, ...open.map(({ error }) => error).filter((error) => !fields.has(error.field))]
  })

  // What is sent under one key is one submission; another content is another.
  watch([keeper.form, keeper.businessType], () => (key = newKey()), { deep: true })

  function check(): boolean {
    tried.value = true
    return errors.value.length === 0
  }

  async function submit(draftId: string): Promise<void> {
    busy.value = true
    refused.value = null
    try {
      await nextTick()
      if (!(await keeper.save())) {
        refused.value = keeper.problem.value
        return
      }
      done.value = await calls.submitDraft(draftId, keeper.draft.value?.version ?? 0, key)
    } catch (problem) {
      const failure = asApiError(problem)
      theirs.value = failure.errors.map((error) => ({ error, value: shown(error.field) }))
      refused.value = failure
    } finally {
      busy.value = false
    }
  }

  return { errors, busy, done, refused, check, submit }
}
