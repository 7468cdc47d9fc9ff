import { computed, onUnmounted, ref, type ComputedRef, type Ref } from 'vue'
import { ApiError } from '@/api/client'
import { scansPath, type Scan } from '@/api/desk'
import { explain } from '@/text/errors'
import { newKey } from './key'
import { fileRefusal } from './rules'
import { send } from './upload'

/** A photo or scan: on its way, kept, or refused. */
export interface Shot {
  key: string
  file: File
  share: number
  error: string
  kept: Scan | null
  cancel: () => void
}

export interface Shots {
  shots: Ref<Shot[]>
  busy: ComputedRef<boolean>
  ids: ComputedRef<string[]>
  add: (files: Iterable<File>) => void
  retry: (key: string) => void
  drop: (key: string) => void
  clear: () => void
}

/** Photos of what was sealed are sent as soon as they are taken; a registration names them. */
export function useScans(requestId: () => string): Shots {
  const shots = ref<Shot[]>([])

  function change(key: string, change: Partial<Shot>): void {
    shots.value = shots.value.map((one) => (one.key === key ? { ...one, ...change } : one))
  }

  async function start(key: string): Promise<void> {
    const shot = shots.value.find((one) => one.key === key)
    if (!shot) return
    const refused = fileRefusal(shot.file.name, shot.file.size)
    if (refused) return change(key, { error: refused })
    const sending = send<Scan>(scansPath(requestId()), shot.file, (share) => change(key, { share }))
    change(key, { error: '', share: 0, cancel: sending.cancel })
    try {
      change(key, { kept: await sending.done })
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem
      change(key, { error: explain(problem) })
    }
  }

  function add(files: Iterable<File>): void {
    for (const file of files) {
      const key = newKey()
      shots.value = [...shots.value, { key, file, share: 0, error: '', kept: null, cancel: () => undefined }]
      void start(key)
    }
  }

  function drop(key: string): void {
    shots.value.find((one) => one.key === key)?.cancel()
    shots.value = shots.value.filter((one) => one.key !== key)
  }

  const clear = (): void => shots.value.forEach((one) => drop(one.key))
  onUnmounted(clear)
  return {
    shots,
    busy: computed(() => shots.value.some((one) => !one.kept && !one.error)),
    ids: computed(() => shots.value.flatMap((one) => (one.kept ? [one.kept.id] : []))),
    add,
    retry: (key) => void start(key),
    drop,
    clear,
  }
}
