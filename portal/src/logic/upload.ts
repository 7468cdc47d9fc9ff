import { ApiError, refusal } from '@/api/client'
import type { FileView } from '@/api/types'

export interface Upload {
  done: Promise<FileView>
  cancel: () => void
}

/** Sends a file as it is. XMLHttpRequest, because fetch does not say how far it has come. */
export function upload(draftId: string, file: File, onProgress: (share: number) => void): Upload {
  const request = new XMLHttpRequest()
  const done = new Promise<FileView>((resolve, reject) => {
    request.open('POST', `/api/request/drafts/${draftId}/files?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0)
    request.onload = () => {
      if (request.status === 201) resolve(request.response as FileView)
      else reject(refusal(request.status, request.response))
    }
    request.onerror = () => reject(new ApiError(0, 'offline', ''))
    request.onabort = () => reject(new ApiError(0, 'cancelled', ''))
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}
