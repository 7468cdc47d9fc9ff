import { computed, onUnmounted, ref, type ComputedRef, type Ref } from 'vue'
import { ApiError } from '@/api/client'
import { explain } from '@/text/errors'
import { newKey } from './key'
import { fileRefusal } from './rules'
import { send as sendFile } from './upload'

/** Where the contract's files belong; the other slots are rows of materials. */
export const CONTRACT_SLOT = 'contract'

/** A file on its way, or one that did not arrive. `slot` is where it belongs: a row's id, or the contract. */
export interface Pending {
  key: string
  slot: string
  file: File
  share: number
  error: string | null
  cancel: () => void
}

export interface Uploads {
  pending: Ref<Pending[]>
  busy: ComputedRef<boolean>
  add: (slot: string, files: Iterable<File>) => void
  retry: (one: Pending) => void
  drop: (one: Pending) => void
  dropSlot: (slot: string) => void
}

/** Files are sent to `path` as soon as they are chosen; leaving the page stops those that are on their way. */
export function useUploads<Kept>(path: string, onDone: (slot: string, file: Kept) => void): Uploads {
  const pending = ref<Pending[]>([])

  function change(key: string, change: Partial<Pending>): void {
    pending.value = pending.value.map((one) => (one.key === key ? { ...one, ...change } : one))
  }

  function drop(one: Pending): void {
    one.cancel()
    pending.value = pending.value.filter((other) => other.key !== one.key)
  }

  async function send(one: Pending): Promise<void> {
    const refused = fileRefusal(one.file.name, one.file.size)
    if (refused) return change(one.key, { error: refused })
    const sending = sendFile<Kept>(path, one.file, (share) => change(one.key, { share }))
    change(one.key, { error: null, share: 0, cancel: sending.cancel })
    try {
      const file = await sending.done
      pending.value = pending.value.filter((other) => other.key !== one.key)
      onDone(one.slot, file)
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem
      change(one.key, { error: explain(problem) })
    }
  }

  function add(slot: string, files: Iterable<File>): void {
    for (const file of files) {
      const one = { key: newKey(), slot, file, share: 0, error: null, cancel: () => undefined }
      pending.value = [...pending.value, one]
      void send(one)
    }
  }

  onUnmounted(() => pending.value.forEach((one) => one.cancel()))
  return {
    pending,
    busy: computed(() => pending.value.some((one) => one.error === null)),
    add,
    retry: (one) => void send(one),
    drop,
    dropSlot: (slot) => pending.value.filter((one) => one.slot === slot).forEach(drop),
  }
}
