import { ref, type Ref } from 'vue'
import { ApiError, type FieldError } from '@/api/client'
import { explain } from '@/text/errors'

/** Something that a person does once and that can be refused. */
export interface Action {
  busy: Ref<boolean>
  /** Why it was refused, in words; empty otherwise. */
  problem: Ref<string>
  errors: Ref<FieldError[]>
  /** Whether it went through. What was typed stays in any case. `words`: why not, where that is special. */
  run: (act: () => Promise<unknown>, words?: (failure: ApiError) => string) => Promise<boolean>
}

export function useAction(): Action {
  const busy = ref(false)
  const problem = ref('')
  const errors = ref<FieldError[]>([])

  async function run(act: () => Promise<unknown>, words = explain): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = ''
    errors.value = []
    try {
      await act()
      return true
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure
      problem.value = words(failure)
      errors.value = failure.errors
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, errors, run }
}
