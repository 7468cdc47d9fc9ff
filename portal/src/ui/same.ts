/** Stands in for `ohash` in Reka's lists: what we pick are ids, and never anything deeper. */
export const isEqual = (one: unknown, other: unknown): boolean => one === other
