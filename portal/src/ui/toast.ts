import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  kind: 'info' | 'error'
}

export const toasts = ref<Toast[]>([])
let count = 0

/** A short word at the top of the page; read out to those who listen. */
export function toast(text: string, kind: Toast['kind'] = 'info'): void {
  const id = ++count
  toasts.value = [...toasts.value.slice(-2), { id, text, kind }]
  setTimeout(() => dismiss(id), kind === 'error' ? 8000 : 4000)
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}
