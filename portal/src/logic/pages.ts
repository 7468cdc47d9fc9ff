import { computed, onMounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { ApiError } from '@/api/client'
import { asApiError } from './resource'

export interface Page<Item> {
  items: Item[]
  next?: string | null
}

export interface Pages<Item> {
  items: ShallowRef<Item[] | null>
  error: ShallowRef<ApiError | null>
  loading: Ref<boolean>
  more: ComputedRef<boolean>
  loadMore: () => Promise<void>
  reload: () => Promise<void>
}

/** A list that the server gives page by page (更多). `reload` keeps as many rows as are shown. */
export function usePages<Item>(
  read: (cursor: string | null, limit: number) => Promise<Page<Item>>,
  key?: () => unknown,
  pageSize = 20,
): Pages<Item> {
  const items = shallowRef<Item[] | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const loading = ref(false)
  const next = ref<string | null>(null)
  let turn = 0

  async function load(cursor: string | null, limit: number): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const page = await read(cursor, limit)
      if (mine !== turn) return
      items.value = cursor === null ? page.items : [...(items.value ?? []), ...page.items]
      next.value = page.next ?? null
      error.value = null
    } catch (problem) {
      if (mine === turn) error.value = asApiError(problem)
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  const shown = (): number => Math.min(100, Math.max(pageSize, items.value?.length ?? 0))
  const reload = (): Promise<void> => load(null, shown())
  onMounted(reload)
  if (key) {
    watch(key, () => {
      items.value = null
      void reload()
    })
  }
  return {
    items,
    error,
    loading,
    more: computed(() => next.value !== null),
    loadMore: () => load(next.value, pageSize),
    reload,
  }
}
