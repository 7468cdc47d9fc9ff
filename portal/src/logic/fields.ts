/** Fields are found by their path, which is the id of their control: `form.materials.0.copies`. */

/** The value at a path of the form; undefined where there is none. */
export function valueAt(form: object, path: string): unknown {
  const steps = path.replace(/^form\./, '').split('.')
  return steps.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined),
    form,
  )
}

/** Leads people to the control of a path, or to the nearest one around it. */
export function focusField(path: string): void {
  const steps = path.split('.')
  for (let length = steps.length; length > 0; length--) {
    const found = document.getElementById(steps.slice(0, length).join('.'))
    if (!found) continue
    const control = found.matches('input, select, textarea, button') ? found : found.querySelector<HTMLElement>('input, select, textarea, button')
    found.scrollIntoView({ block: 'center' })
    control?.focus({ preventScroll: true })
    return
  }
}
