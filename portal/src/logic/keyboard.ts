/** Keeps --kb at the height of the phone's keyboard, so that bars at the bottom stay above it. */
export function followKeyboard(): void {
  const viewport = window.visualViewport
  if (!viewport) return
  const measure = (): void => {
    const hidden = Math.max(0, window.innerHeight - viewport.height - viewport.offsetTop)
    document.documentElement.style.setProperty('--kb', `${Math.round(hidden)}px`)
  }
  viewport.addEventListener('resize', measure)
  viewport.addEventListener('scroll', measure)
}
