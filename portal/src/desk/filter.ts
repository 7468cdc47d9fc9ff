/** A control that narrows a list down. `days` is a pair of days: its keys are those of both. */
export type FilterField =
  | { kind: 'text'; key: string; label: string }
  | { kind: 'choice'; key: string; label: string; options: FilterOption[] }
  | { kind: 'pick'; key: string; label: string; options: FilterOption[] }
  | { kind: 'day'; key: string; label: string }

export interface FilterOption {
  id: string
  name: string
}

/** The options of a select, from the names that the catalogue has for them. */
export function optionsOf(names: Record<string, string>): FilterOption[] {
  return Object.entries(names).map(([id, name]) => ({ id, name }))
}
