import { ref, type Ref } from 'vue'
import * as calls from '@/api/calls'
import { ApiError } from '@/api/client'
import type { Opinion } from '@/api/types'
import { texts } from '@/text'
import { explain } from '@/text/errors'
import { toast } from '@/ui/toast'

export interface CannedOpinions {
  list: Ref<Opinion[]>
  load: () => Promise<void>
  keep: (text: string) => Promise<boolean>
  drop: (id: string) => Promise<void>
  reword: (id: string, text: string) => Promise<boolean>
  move: (index: number, step: number) => Promise<void>
}

/** 常用处理意见 of the person who is signed in. */
export function useOpinions(): CannedOpinions {
  const list = ref<Opinion[]>([])

  async function attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      list.value = (await calls.opinions()).items
      return true
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem
      toast(explain(problem), 'error')
      return false
    }
  }

  async function keep(text: string): Promise<boolean> {
    const wanted = text.trim()
    if (!wanted) return false
    if (list.value.some((one) => one.text === wanted)) {
      toast(texts.task.alreadyKept)
      return true
    }
    const kept = await attempt(() => calls.keepOpinion(wanted))
    if (kept) toast(texts.task.kept)
    return kept
  }

  async function move(index: number, step: number): Promise<void> {
    const ids = list.value.map((one) => one.id)
    const [moved] = ids.splice(index, 1)
    if (!moved) return
    ids.splice(index + step, 0, moved)
    await attempt(() => calls.arrangeOpinions(ids))
  }

  return {
    list,
    load: async () => void (await attempt(() => Promise.resolve())),
    keep,
    reword: (id, text) => attempt(() => calls.rewordOpinion(id, text)),
    move,
    drop: async (id) => void (await attempt(() => calls.dropOpinion(id))),
  }
}

/** A canned opinion is added to what was written, and never replaces it. */
export function appended(written: string, canned: string): string {
  const before = written.trimEnd()
  if (!before) return canned
  return /[。！？；.!?;]$/.test(before) ? `${before}${canned}` : `${before}；${canned}`
}
