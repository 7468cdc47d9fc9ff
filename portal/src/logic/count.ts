/** 7, 99+: beyond that nobody reads a count at a glance. */
export const counted = (count: number): string => (count > 99 ? '99+' : String(count))
