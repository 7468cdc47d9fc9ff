import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** What a list is narrowed down by. It stands in the address, so that the way back finds it again. */
export interface Address<Key extends string> {
  values: ComputedRef<Record<Key, string>>
  active: ComputedRef<number>
  /** Those that are set, as the server is asked for them. */
  query: ComputedRef<Partial<Record<Key, string>>>
  change: (changes: Partial<Record<Key, string>>) => void
  clear: () => void
}

export function useAddress<Key extends string>(keys: readonly Key[]): Address<Key> {
  const route = useRoute()
  const router = useRouter()
  const values = computed(() => {
    const text = (key: Key): string => {
      const given = route.query[key]
      return typeof given === 'string' ? given : ''
    }
    return Object.fromEntries(keys.map((key) => [key, text(key)])) as Record<Key, string>
  })
  const query = computed(() => {
    const set = Object.entries(values.value).filter(([, value]) => value)
    return Object.fromEntries(set) as Partial<Record<Key, string>>
  })

  function change(changes: Partial<Record<Key, string>>): void {
    const wanted = Object.entries({ ...route.query, ...changes }).filter(([, value]) => value)
    void router.replace({ query: Object.fromEntries(wanted) })
  }

  return {
    values,
    query,
    active: computed(() => Object.keys(query.value).length),
    change,
    clear: () => change(Object.fromEntries(keys.map((key) => [key, ''])) as Record<Key, string>),
  }
}
