import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import { BUSINESS_TYPES, STATUSES, type BusinessType, type ListQuery, type Mark } from '@/api/types'

/** What a list is narrowed down by, as it stands in the address: the way back finds it as it was. */
export interface Filter {
  text: string
  status: string
  type: string
  mark: string
  since: string
  until: string
}

export type FilterKey = keyof Filter
const KEYS: FilterKey[] = ['text', 'status', 'type', 'mark', 'since', 'until']
export const MARKS: Mark[] = ['urged', 'returned', 'overdue']
const DAY = /^\d{4}-\d{2}-\d{2}$/
/** SL2026-000012, or its digits alone: a number is looked up as one. */
const NUMBER = /^[a-z]{0,4}\d[\d-]*$/i

export interface Filtering {
  filter: ComputedRef<Filter>
  query: ComputedRef<ListQuery>
  active: ComputedRef<number>
  change: (changes: Partial<Filter>) => void
  clear: () => void
}

export function useFilter(): Filtering {
  const route = useRoute()
  const router = useRouter()
  const filter = computed(() => filterOf(route.query))

  function change(changes: Partial<Filter>): void {
    const wanted = { ...route.query, ...changes }
    const kept = Object.entries(wanted).filter(([, value]) => value)
    void router.replace({ query: Object.fromEntries(kept) })
  }

  return {
    filter,
    query: computed(() => queryOf(filter.value)),
    active: computed(() => KEYS.filter((key) => filter.value[key]).length),
    change,
    clear: () => change(Object.fromEntries(KEYS.map((key) => [key, '']))),
  }
}

function filterOf(query: LocationQuery): Filter {
  const text = (key: string): string => (typeof query[key] === 'string' ? query[key] : '')
  return Object.fromEntries(KEYS.map((key) => [key, text(key)])) as unknown as Filter
}

/** What the server is asked; what somebody made up in the address is left out. */
export function queryOf(filter: Filter): ListQuery {
  const text = filter.text.trim().slice(0, 100)
  const day = (value: string): string | undefined => (DAY.test(value) ? value : undefined)
  return {
    ...(text && (NUMBER.test(text) ? { number: text } : { q: text })),
    status: oneOf<(typeof STATUSES)[number]>(STATUSES, filter.status),
    business_type: oneOf<BusinessType>(BUSINESS_TYPES, filter.type),
    mark: oneOf<Mark>(MARKS, filter.mark),
    since: day(filter.since),
    until: day(filter.until),
  }
}

function oneOf<Value extends string>(known: readonly Value[], given: string): Value[] | undefined {
  const found = known.find((one) => one === given)
  return found && [found]
}
