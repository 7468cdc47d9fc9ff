import { organisation } from './session'

/** The name of the page in the browser's tab and history. */
export function nameThePage(name?: string): void {
  document.title = [name, organisation.value?.hall_name].filter(Boolean).join(' · ')
}
