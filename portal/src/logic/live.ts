import { onMounted, onUnmounted, ref, watch, type Ref } from 'vue'
import type { Change } from '@/api/types'
import { currentSession } from '@/api/calls'
import { ApiError } from '@/api/client'
import { session } from './session'

/**
 * Live updates: the server says which requests changed, and what shows them reads them again.
 * One connection a page, closed while the page is hidden. Whatever may have been missed (a broken
 * connection, a hidden page) is made up for by reading everything again.
 */
const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000
const GATHER = 150 // one action of somebody is several changes
const SETTLE = 2_500 // other services may know of a change a moment later
const UNCONNECTED_LOOK = 15_000

/** Whether changes arrive by themselves. */
export const live = ref(false)

type Listener = (changes: Change[] | null) => void // null: anything may have changed
const listeners = new Set<Listener>()
let source: EventSource | null = null
let pause = FIRST_PAUSE
let opens = 0
let retrying: ReturnType<typeof setTimeout> | undefined

function tell(changes: Change[] | null): void {
  listeners.forEach((listener) => listener(changes))
}

function disconnect(): void {
  clearTimeout(retrying)
  source?.close()
  source = null
  live.value = false
}

function connect(): void {
  if (source || !session.value || document.visibilityState === 'hidden') return
  const opened = new EventSource('/api/events')
  source = opened
  opened.onopen = () => {
    pause = FIRST_PAUSE
    live.value = true
    // What a page has just read for the first time need not be read again at once.
    setTimeout(() => tell(null), opens++ ? 0 : SETTLE)
  }
  opened.onerror = () => {
    if (source === opened) later()
  }
  opened.addEventListener('changed', (event) => {
    tell((JSON.parse((event as MessageEvent<string>).data) as { changes: Change[] }).changes)
  })
  opened.addEventListener('missed', () => tell(null))
  opened.addEventListener('ended', () => {
    disconnect()
    void askWhetherSignedIn()
  })
}

/** Waits longer each time, and not all pages alike. */
function later(): void {
  disconnect()
  retrying = setTimeout(connect, pause * (0.75 + Math.random() / 2))
  pause = Math.min(pause * 2, LONGEST_PAUSE)
}

/** The answer to this leads to the sign-in, if that is where it has to lead. */
async function askWhetherSignedIn(): Promise<void> {
  try {
    await currentSession()
    later()
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem
    if (problem.offline) later()
  }
}

/** Connects while somebody is signed in and looks. Call once. */
export function followEvents(): void {
  watch(session, (now, before) => {
    if (now?.id !== before?.id) disconnect()
    connect()
  }, { immediate: true })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') disconnect()
    else connect()
  })
  window.addEventListener('online', () => {
    disconnect()
    connect()
  })
  window.addEventListener('offline', disconnect)
}

/**
 * Calls `look` when something of interest changed: of one request with `request`, else of any.
 * Without a connection it is called from time to time.
 */
export function useLive(look: () => unknown, request?: () => string | null | undefined): Ref<boolean> {
  let soon: ReturnType<typeof setTimeout> | undefined
  let settled: ReturnType<typeof setTimeout> | undefined
  let looking: ReturnType<typeof setInterval> | undefined

  function hear(changes: Change[] | null): void {
    const wanted = request?.()
    if (changes && request && !changes.some((change) => change.request_id === wanted)) return
    clearTimeout(soon)
    soon = setTimeout(() => void look(), GATHER)
    if (!changes) return
    clearTimeout(settled)
    settled = setTimeout(() => void look(), SETTLE)
  }

  onMounted(() => {
    listeners.add(hear)
    looking = setInterval(() => {
      if (!live.value && document.visibilityState === 'visible') void look()
    }, UNCONNECTED_LOOK)
  })
  onUnmounted(() => {
    listeners.delete(hear)
    clearTimeout(soon)
    clearTimeout(settled)
    clearInterval(looking)
  })
  return live
}
