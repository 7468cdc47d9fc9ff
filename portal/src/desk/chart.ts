/** One figure of a chart. `text` is how it is shown; `name` what it is of. */
export interface Figure {
  name: string
  value: number
  text: string
}

/** The figures of counts, each as it is. */
export function counted(entries: readonly (readonly [string, number])[]): Figure[] {
  return entries.map(([name, value]) => ({ name, value, text: String(value) }))
}

/** The largest ones, and the rest in one. */
export function largest(figures: Figure[], most: number, rest: (count: number) => string): Figure[] {
  if (figures.length <= most) return figures
  const others = figures.slice(most - 1)
  const value = others.reduce((sum, figure) => sum + figure.value, 0)
  return [...figures.slice(0, most - 1), { name: rest(others.length), value, text: String(value) }]
}

/** A round number at or above the largest value, for the end of an axis: 1, 2 or 5 times a power of ten. */
export function ceiling(values: number[]): number {
  const most = Math.max(1, ...values)
  const power = 10 ** Math.floor(Math.log10(most))
  return [1, 2, 5, 10].map((step) => step * power).find((round) => round >= most) ?? most
}
