import { computed, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import * as calls from '@/api/calls'
import type { Post } from '@/api/types'
import { SECTIONS, type Section } from './sections'
import { session } from './session'

/** The posts that whoever is signed in holds anywhere; null while nobody has said. */
export const roles = shallowRef<Post[] | null>(null)

/** The sections of 管理 that are theirs. The server refuses the others by itself. */
export const sections = computed<Section[]>(() => SECTIONS.filter((section) => mayOpen(section)))

export function holds(...posts: Post[]): boolean {
  return posts.some((post) => roles.value?.includes(post))
}

export function mayOpen(section: Section): boolean {
  return holds(...section.posts)
}

/** Asked at each sign-in; without an answer nobody is shown what may not be theirs. */
export async function knowRoles(): Promise<void> {
  const asked = session.value?.id
  roles.value = null
  if (!asked) return
  try {
    const me = await calls.me()
    if (session.value?.id === asked) roles.value = me.roles
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem
    if (session.value?.id === asked && !problem.offline) roles.value = []
  }
}
