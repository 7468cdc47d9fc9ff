import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import * as calls from '@/api/calls'
import { ApiError } from '@/api/client'
import type { Attachment } from '@/api/types'
import { explain } from '@/text/errors'
import { useUploads, type Uploads } from './uploads'

/** The one place that an opinion's files belong to. */
export const OPINION_SLOT = 'opinion'

export interface Attachments {
  files: ShallowRef<Attachment[]>
  uploads: Uploads
  /** Why they could not be read or removed; empty otherwise. */
  problem: Ref<string>
  load: () => Promise<void>
  remove: (id: string) => Promise<void>
}

/** 上传附件: what an opinion will carry. It is kept for the task, and there again after a reload. */
export function useAttachments(taskId: string): Attachments {
  const files = shallowRef<Attachment[]>([])
  const problem = ref('')
  const uploads = useUploads<Attachment>(calls.attachmentsPath(taskId), (_slot, file) => {
    files.value = [...files.value.filter((other) => other.id !== file.id), file]
  })

  async function attempt(act: () => Promise<Attachment[]>): Promise<void> {
    problem.value = ''
    try {
      files.value = await act()
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure
      problem.value = explain(failure)
    }
  }

  return {
    files,
    uploads,
    problem,
    load: () => attempt(async () => (await calls.attachments(taskId)).items),
    remove: (id) =>
      attempt(async () => {
        await calls.dropAttachment(taskId, id)
        return files.value.filter((file) => file.id !== id)
      }),
  }
}
