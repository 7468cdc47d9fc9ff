import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import * as calls from '@/api/calls'
import { ApiError } from '@/api/client'
import type { DecisionResult, TaskRow, Verdict } from '@/api/types'
import { texts } from '@/text'
import { explain } from '@/text/errors'
import { useAttachments, type Attachments } from './attachments'
import { newKey } from './key'
import { forgetOpinion, keepOpinion, keptOpinion } from './localcopy'
import { countLists, session } from './session'

export interface Deciding {
  verdict: Ref<Verdict | null>
  opinion: Ref<string>
  countersigners: Ref<string[]>
  attachments: Attachments
  problem: Ref<string>
  busy: Ref<boolean>
  done: ShallowRef<DecisionResult | null>
  /** True when the decision is made, now or already by an earlier tap. */
  submit: () => Promise<boolean>
}

/** Whether a task is one to agree to: once all have, what is left is 现场用印. */
export const isAgreeable = (row: TaskRow): boolean => row.request_status !== 'approved'

/** 同意 or 退回, once: a second tap sends the same key, and is the same decision. */
export function useDecision(taskId: string, onClosed: () => void, opinionRequired: () => boolean): Deciding {
  const verdict = ref<Verdict | null>(null)
  const me = session.value?.id ?? ''
  const opinion = ref(keptOpinion(me, taskId)) // what was typed is there again after a sign-in
  const countersigners = ref<string[]>([])
  const attachments = useAttachments(taskId)
  const problem = ref('')
  const busy = ref(false)
  const done = shallowRef<DecisionResult | null>(null)
  let sent = ''
  let key = newKey()

  watch(opinion, (typed) => keepOpinion(me, taskId, typed))

  function missing(): string {
    if (!verdict.value) return texts.task.chooseVerdict
    if (attachments.uploads.busy.value) return texts.apply.uploading
    if (opinion.value.trim()) return ''
    if (verdict.value === 'return') return texts.task.opinionRequired
    return opinionRequired() ? texts.task.opinionNeeded : ''
  }

  async function submit(): Promise<boolean> {
    problem.value = missing()
    if (problem.value || !verdict.value || busy.value) return false
    const agreed = verdict.value === 'agree'
    const body = {
      verdict: verdict.value,
      opinion: opinion.value.trim(),
      countersign_unit_ids: agreed ? countersigners.value : [],
      attachment_ids: attachments.files.value.map((file) => file.id),
    }
    if (JSON.stringify(body) !== sent) key = newKey()
    sent = JSON.stringify(body)
    busy.value = true
    try {
      done.value = await calls.decide(taskId, key, body)
      forgetOpinion(me, taskId)
      void countLists()
      return true
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure
      problem.value = explain(failure)
      if (failure.code === 'task_closed') onClosed()
      if (failure.code === 'not_your_attachments') void attachments.load()
      return false
    } finally {
      busy.value = false
    }
  }

  return { verdict, opinion, countersigners, attachments, problem, busy, done, submit }
}
