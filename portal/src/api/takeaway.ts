import { api, ok } from './client'

/** What is kept outside the system. */
export const recordProof = (requestId: string) =>
  ok(
    api.GET('/api/workflow/requests/{request_id}/record-proof', {
      params: { path: { request_id: requestId } },
    }),
  )
export const archiveUrl = (requestId: string): string =>
  `/api/document/requests/${requestId}/archive`
