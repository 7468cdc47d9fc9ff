import { api, ok } from './client'
import type { operations } from './schema'
import type * as T from './types'

/** Every question to the server, by name. */

// The gateway itself
export const currentSession = () => ok(api.GET('/api/session'))
export const signIn = (login: string, password: string) =>
  ok(api.POST('/api/session', { body: { login, password } }))
export const signOut = () => ok(api.DELETE('/api/session'))
export const organisation = () => ok(api.GET('/api/organisation'))

// request-svc
export const matters = () => ok(api.GET('/api/request/matters'))
export const matter = (key: string) =>
  ok(api.GET('/api/request/matters/{key}', { params: { path: { key } } }))
export const visitMatter = (key: string) =>
  ok(api.POST('/api/request/matters/{key}/visits', { params: { path: { key } } }))
export const keepFavourites = (keys: string[]) =>
  ok(api.PUT('/api/request/favourites', { body: { keys } }))
export const units = () => ok(api.GET('/api/request/units'))
export const departments = (businessType: T.BusinessType) =>
  ok(
    api.GET('/api/request/departments', { params: { query: { business_type: businessType } } }),
  )
export const newDraft = (matter: string, businessType: T.BusinessType | null) =>
  ok(api.POST('/api/request/drafts', { body: { matter, business_type: businessType } }))
export const drafts = (cursor: string | null, limit: number) =>
  ok(api.GET('/api/request/drafts', { params: { query: { limit, cursor } } }))
export const draft = (id: string) =>
  ok(api.GET('/api/request/drafts/{draft_id}', { params: { path: { draft_id: id } } }))
export const saveDraft = (
  id: string,
  version: number,
  body: { business_type: T.BusinessType | null; form: T.FormDraft },
) =>
  ok(
    api.PUT('/api/request/drafts/{draft_id}', {
      params: { path: { draft_id: id }, header: { 'if-match': `"${version}"` } },
      body,
    }),
  )
export const deleteDraft = (id: string) =>
  ok(api.DELETE('/api/request/drafts/{draft_id}', { params: { path: { draft_id: id } } }))
export const submitDraft = (id: string, version: number, key: string) =>
  ok(
    api.POST('/api/request/drafts/{draft_id}/submission', {
      params: {
        path: { draft_id: id },
        header: { 'if-match': `"${version}"`, 'idempotency-key': key },
      },
    }),
  )
export const requests = (cursor: string | null, limit: number, query: T.ListQuery = {}) =>
  ok(api.GET('/api/request/requests', { params: { query: { limit, cursor, ...query } } }))
export const countRequests = () => ok(api.GET('/api/request/requests/counts'))
export const request = (id: string) =>
  ok(
    api.GET('/api/request/requests/{request_id}', { params: { path: { request_id: id } } }),
  )
export const revision = (id: string, number: number) =>
  ok(
    api.GET('/api/request/requests/{request_id}/revisions/{number}', {
      params: { path: { request_id: id, number } },
    }),
  )

export const preview = (owner: FileOwner, fileId: string) =>
  'draft' in owner
    ? ok(
        api.GET('/api/request/drafts/{draft_id}/files/{file_id}/preview', {
          params: { path: { draft_id: owner.draft, file_id: fileId } },
        }),
      )
    : ok(
        api.GET('/api/request/requests/{request_id}/files/{file_id}/preview', {
          params: { path: { request_id: owner.request, file_id: fileId } },
        }),
      )
export const changes = (id: string, number: number) =>
  ok(
    api.GET('/api/request/requests/{request_id}/revisions/{number}/changes', {
      params: { path: { request_id: id, number } },
    }),
  )

// workflow-svc
export const me = () => ok(api.GET('/api/workflow/me'))
export const tasks = (state: 'open' | 'done', cursor: string | null, limit: number, query: T.ListQuery = {}) =>
  ok(api.GET('/api/workflow/tasks', { params: { query: { state, limit, cursor, ...query } } }))
export const counts = () => ok(api.GET('/api/workflow/counts'))
export const task = async (id: string): Promise<T.TaskView> => {
  const found = await ok(
    api.GET('/api/workflow/tasks/{task_id}', { params: { path: { task_id: id } } }),
  )
  return found as typeof found & Pick<T.TaskView, 'form'>
}
export const decide = (
  id: string,
  key: string,
  body: { verdict: T.Verdict; opinion: string; countersign_unit_ids: string[]; attachment_ids: string[] },
) =>
  ok(
    api.POST('/api/workflow/tasks/{task_id}/decision', {
      params: { path: { task_id: id }, header: { 'idempotency-key': key } },
      body,
    }),
  )
export const attachmentsPath = (taskId: string): string => `/api/workflow/tasks/${taskId}/attachments`
export const attachments = (taskId: string) =>
  ok(api.GET('/api/workflow/tasks/{task_id}/attachments', { params: { path: { task_id: taskId } } }))
export const dropAttachment = (taskId: string, id: string) =>
  ok(
    api.DELETE('/api/workflow/tasks/{task_id}/attachments/{attachment_id}', {
      params: { path: { task_id: taskId, attachment_id: id } },
    }),
  )
export const record = (requestId: string) =>
  ok(
    api.GET('/api/workflow/requests/{request_id}/record', {
      params: { path: { request_id: requestId } },
    }),
  )
export const flowOfRequest = (requestId: string) =>
  ok(
    api.GET('/api/workflow/requests/{request_id}/flow', {
      params: { path: { request_id: requestId } },
    }),
  )
export const flow = (businessType: T.BusinessType) =>
  ok(
    api.GET('/api/workflow/flows/{business_type}', {
      params: { path: { business_type: businessType } },
    }),
  )
export const withdraw = (requestId: string) =>
  ok(
    api.POST('/api/workflow/requests/{request_id}/withdrawal', {
      params: { path: { request_id: requestId } },
    }),
  )
export const urge = (requestId: string, nodes: string[]) =>
  ok(
    api.POST('/api/workflow/requests/{request_id}/urges', {
      params: { path: { request_id: requestId } },
      body: { nodes },
    }),
  )
export const opinions = () => ok(api.GET('/api/workflow/opinions'))
export const keepOpinion = (text: string) =>
  ok(api.POST('/api/workflow/opinions', { body: { text } }))
export const dropOpinion = (id: string) =>
  ok(
    api.DELETE('/api/workflow/opinions/{opinion_id}', { params: { path: { opinion_id: id } } }),
  )

export const rewordOpinion = (id: string, text: string) =>
  ok(
    api.PUT('/api/workflow/opinions/{opinion_id}', {
      params: { path: { opinion_id: id } },
      body: { text },
    }),
  )
export const arrangeOpinions = (ids: string[]) =>
  ok(api.PUT('/api/workflow/opinions/order', { body: { ids } }))
export const agreeToAll = (taskIds: string[], opinion: string, key: string) =>
  ok(
    api.POST('/api/workflow/tasks/agreements', {
      params: { header: { 'idempotency-key': key } },
      body: { task_ids: taskIds, opinion },
    }),
  )

/** 我的知会 or 我的督办. */
export const copied = (why: T.WhyCopied, unread: boolean, cursor: string | null, limit: number, query: T.ListQuery = {}) =>
  ok(api.GET('/api/workflow/copies', { params: { query: { why, unread, limit, cursor, ...query } } }))

export const people = (query: string) =>
  ok(api.GET('/api/workflow/people', { params: { query: { query } } }))
export const choices = (taskId: string) =>
  ok(api.GET('/api/workflow/tasks/{task_id}/choices', { params: { path: { task_id: taskId } } }))
const keyed = (taskId: string, key: string) => ({ path: { task_id: taskId }, header: { 'idempotency-key': key } })
export const handOver = (taskId: string, key: string, body: { to: string; reason: string }) =>
  ok(api.POST('/api/workflow/tasks/{task_id}/handover', { params: keyed(taskId, key), body }))
export const removeSigner = (signerTaskId: string, key: string) =>
  ok(api.DELETE('/api/workflow/signers/{task_id}', { params: keyed(signerTaskId, key) }))
export const choosePeople = (taskId: string, key: string, body: { node: string; people: string[] }) =>
  ok(api.POST('/api/workflow/tasks/{task_id}/choices', { params: keyed(taskId, key), body }))
export const addSigner = (taskId: string, key: string, body: { person_id: string; turn: 'before' | 'after' }) =>
  ok(api.POST('/api/workflow/tasks/{task_id}/signers', { params: keyed(taskId, key), body }))
export const copies = (requestId: string) =>
  ok(
    api.GET('/api/workflow/requests/{request_id}/copies', {
      params: { path: { request_id: requestId } },
    }),
  )
export const copyTo = (requestId: string, key: string, people: string[]) =>
  ok(
    api.POST('/api/workflow/requests/{request_id}/copies', {
      params: { path: { request_id: requestId }, header: { 'idempotency-key': key } },
      body: { people },
    }),
  )

/** 已阅 */
export const markRead = (requestId: string) =>
  ok(api.PUT('/api/workflow/requests/{request_id}/read', { params: { path: { request_id: requestId } } }))

// document-svc
export const sheets = (requestId: string) =>
  ok(
    api.GET('/api/document/requests/{request_id}/sheets', {
      params: { path: { request_id: requestId } },
    }),
  )
export const printedFiles = (requestId: string) =>
  ok(
    api.GET('/api/document/requests/{request_id}/print-copy/files', {
      params: { path: { request_id: requestId } },
    }),
  )
export const sealUses = (requestId: string) =>
  ok(
    api.GET('/api/document/requests/{request_id}/seal-uses', {
      params: { path: { request_id: requestId } },
    }),
  )
export const recordSealUse = (
  requestId: string,
  key: string,
  uses: T.SealUse[],
  reason: string | null,
) =>
  ok(
    api.POST('/api/document/requests/{request_id}/seal-uses', {
      params: { path: { request_id: requestId }, header: { 'idempotency-key': key } },
      body: { uses, handler_present: true, reason, closing: true },
    }),
  )
export const sheetPreview = (draft: Pick<T.Draft, 'business_type' | 'files'> & { form: T.FormDraft }) => {
  const { business_type, form, files } = draft
  return ok(api.POST('/api/document/sheet-previews/pages', { body: { business_type, form, files } }))
}
export const verification = (code: string, material?: string) =>
  ok(
    api.GET('/api/document/verifications/{code}', { params: { path: { code }, query: { material } } }),
  )

// notify-svc
export const messages = (unread: boolean, cursor: string | null, limit: number) =>
  ok(api.GET('/api/notify/inbox', { params: { query: { unread, cursor, limit } } }))
export const countUnread = () => ok(api.GET('/api/notify/inbox/unread'))
export const readMessage = (id: string) =>
  ok(api.PUT('/api/notify/inbox/{message_id}/read', { params: { path: { message_id: id } } }))
export const readMessages = (upTo: string) =>
  ok(api.POST('/api/notify/inbox/read', { body: { up_to: upTo } }))
export const tryMineAgain = (channel: T.Channel) =>
  ok(api.DELETE('/api/notify/preferences/out-of-reach/{channel}', { params: { path: { channel } } }))
export const preferences = () => ok(api.GET('/api/notify/preferences'))
type PreferencesBody = NonNullable<operations['notify_save_preferences']['requestBody']>['content']['application/json']
export const keepPreferences = (body: PreferencesBody) =>
  ok(api.PUT('/api/notify/preferences', { body }))
export const inbox = (cursor: string | null, limit: number, channel: T.Channel | null, requestId: string | null) =>
  ok(
    api.GET('/api/notify/dev-inbox', {
      params: {
        query: {
          limit,
          cursor,
          channel,
          request_id: requestId,
        },
      },
    }),
  )

/** Addresses that the browser opens itself. */
export const printCopyUrl = (requestId: string): string => `/api/document/requests/${requestId}/print-copy`
export const sheetUrl = (requestId: string, revision?: number): string =>
  `/api/document/requests/${requestId}/sheet${revision ? `?revision=${revision}` : ''}`
export const attachmentUrl = (requestId: string, id: string): string =>
  `/api/workflow/requests/${requestId}/attachments/${id}`
export const draftFilesPath = (draftId: string): string => `/api/request/drafts/${draftId}/files`
export type FileOwner = { draft: string } | { request: string }
export const fileUrl = (owner: FileOwner, fileId: string): string =>
  'draft' in owner
    ? `${draftFilesPath(owner.draft)}/${fileId}`
    : `/api/request/requests/${owner.request}/files/${fileId}`
