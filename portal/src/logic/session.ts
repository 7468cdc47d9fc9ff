import { computed, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import * as calls from '@/api/calls'
import type { Organisation, Session, WhyCopied } from '@/api/types'
import { texts } from '@/text'
import { setZone } from './time'

/** Who is signed in, where, and what waits for them. One of each in the whole application. */
export const session = shallowRef<Session | null>(null)
export const organisation = shallowRef<Organisation | null>(null)
export const openTasks = ref(0)
/** What of 我的知会 and 我的督办 is not read yet. */
export const unreadCopies = ref<Record<WhyCopied, number>>({ copy: 0, supervision: 0 })
export const unreadMessages = ref(0)
export const hallName = computed(() => organisation.value?.hall_name ?? texts.app.hall)

let asked: Promise<void> | null = null

/** Asks once; afterwards `session` says it. Throws ApiError when the server cannot be reached. */
export function knowSession(): Promise<void> {
  asked ??= ask().catch((problem: unknown) => {
    asked = null
    throw problem
  })
  return asked
}

async function ask(): Promise<void> {
  const [found] = await Promise.all([currentSession(), knowOrganisation()])
  session.value = found
}

async function currentSession(): Promise<Session | null> {
  try {
    return await calls.currentSession()
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 401) return null
    throw problem
  }
}

export async function knowOrganisation(): Promise<void> {
  if (organisation.value) return
  organisation.value = await calls.organisation()
  setZone(organisation.value.timezone)
}

export async function signIn(login: string, password: string): Promise<void> {
  session.value = await calls.signIn(login, password)
}

export async function signOut(): Promise<void> {
  await calls.signOut()
  forgetSession()
}

export function forgetSession(): void {
  session.value = null
  openTasks.value = 0
  unreadCopies.value = { copy: 0, supervision: 0 }
  unreadMessages.value = 0
}

/** A count that cannot be had just now stays as it was: it is asked for again soon. */
export async function countLists(): Promise<void> {
  if (!session.value) return
  try {
    const found = await calls.counts()
    openTasks.value = found.todo
    unreadCopies.value = { copy: found.unread_copies, supervision: found.unread_supervisions }
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem
  }
}

export async function countMessages(): Promise<void> {
  if (!session.value) return
  try {
    unreadMessages.value = (await calls.countUnread()).count
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem
  }
}
