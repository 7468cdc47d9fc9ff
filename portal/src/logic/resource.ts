import { onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'

export interface Resource<Data> {
  data: ShallowRef<Data | null>
  error: ShallowRef<ApiError | null>
  loading: Ref<boolean>
  /** Asks again; what is shown stays until the answer is there. */
  reload: () => Promise<void>
}

/** What a screen reads from the server, with the states that a screen has to draw. */
export function useResource<Data>(read: () => Promise<Data>, key?: () => unknown): Resource<Data> {
  const data = shallowRef<Data | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const loading = ref(false)
  let latest = 0

  async function reload(): Promise<void> {
    const turn = ++latest
    loading.value = true
    try {
      const answer = await read()
      if (turn !== latest) return
      data.value = answer
      error.value = null
    } catch (problem) {
      if (turn !== latest) return
      error.value = asApiError(problem)
    } finally {
      if (turn === latest) loading.value = false
    }
  }

  onMounted(reload)
  if (key) {
    watch(key, () => {
      data.value = null
      void reload()
    })
  }
  return { data, error, loading, reload }
}

/** Errors of our own making are not swallowed: they reach the console and the tests. */
export function asApiError(problem: unknown): ApiError {
  if (problem instanceof ApiError) return problem
  throw problem
}
