import { ApiError, refusal } from '@/api/client'

export interface Upload<Kept> {
  done: Promise<Kept>
  cancel: () => void
}

/** Sends a file as it is. XMLHttpRequest, because fetch does not say how far it has come. */
export function send<Kept>(path: string, file: File, onProgress: (share: number) => void): Upload<Kept> {
  const request = new XMLHttpRequest()
  const done = new Promise<Kept>((resolve, reject) => {
    request.open('POST', `${path}?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0)
    request.onload = () => {
      if (request.status === 201) resolve(request.response as Kept)
      else reject(refusal(request.status, request.response))
    }
    request.onerror = () => reject(new ApiError(0, 'offline', ''))
    request.onabort = () => reject(new ApiError(0, 'cancelled', ''))
    request.send(file)
  })
  return { done, cancel: () => request.abort() }
}
