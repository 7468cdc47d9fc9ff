import { onMounted, onUnmounted } from 'vue'

export const POLL_MILLISECONDS = 15_000

/** Calls `look` again and again while the page is visible, and at once when it becomes so. */
export function usePolling(look: () => unknown, milliseconds = POLL_MILLISECONDS): void {
  let timer: ReturnType<typeof setInterval> | undefined

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  function start(): void {
    stop()
    timer = setInterval(() => void look(), milliseconds)
  }

  function onVisibility(): void {
    if (document.visibilityState === 'hidden') return stop()
    void look()
    start()
  }

  onMounted(() => {
    document.addEventListener('visibilitychange', onVisibility)
    start()
  })
  onUnmounted(() => {
    document.removeEventListener('visibilitychange', onVisibility)
    stop()
  })
}
