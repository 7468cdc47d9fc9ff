import { onMounted, onUnmounted } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'

/** Whoever leaves a page on which something is not saved is asked whether they mean to. */
export function useUnsaved(changed: () => boolean, question: string): void {
  const hold = (event: BeforeUnloadEvent): void => {
    if (changed()) event.preventDefault() // the browser asks in words of its own
  }
  onBeforeRouteLeave(() => !changed() || window.confirm(question))
  onMounted(() => window.addEventListener('beforeunload', hold))
  onUnmounted(() => window.removeEventListener('beforeunload', hold))
}
