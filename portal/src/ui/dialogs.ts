import { onDemand } from './onDemand'

const dialog = () => import('./UiDialog.vue')
const pickList = () => import('./UiPickList.vue')

/** What opens over a page. One who only looks at the page need not wait for it: it comes with the rest. */
export const UiDialog = onDemand(dialog)
export const UiPickList = onDemand(pickList)

export async function loadDialogs(): Promise<void> {
  await Promise.all([dialog(), pickList()])
}
