import { api, ok } from './client'
import type { components, paths } from './schema'

/** Questions of 督查室, auditors and administrators: loaded with their screens. */

type Schemas = components['schemas']
export type RequestListed = Schemas['WorkflowRequestListed']
export type Alarm = Schemas['DocumentRefusalView']
export type WaitingEvent = Schemas['WorkflowWaitingEvent']
export type WaitingBody = Schemas['WorkflowWaitingEventBody']
export type Whereabouts = Schemas['WorkflowWhereabouts']

type Query<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Given } } } ? NonNullable<Given> : never
export type RequestsQuery = Query<'/api/workflow/requests'>

// Every request
export const allRequests = (query: RequestsQuery) => ok(api.GET('/api/workflow/requests', { params: { query } }))

// Alarms
export const alarms = (openOnly: boolean) =>
  ok(api.GET('/api/document/seal-refusals', { params: { query: { open_only: openOnly } } }))
export const settleAlarm = (id: string, retry: boolean) =>
  ok(
    api.POST('/api/document/seal-refusals/{refusal_id}/settlement', {
      params: { path: { refusal_id: id }, query: { retry } },
    }),
  )

/** What runs by itself, and can be asked what waits in it. */
export const SERVICES = ['request', 'workflow', 'document', 'notify'] as const
export type ServiceName = (typeof SERVICES)[number]

export const waiting = (service: ServiceName) => ok(api.GET(`/api/${service}/operations/waiting`))
export const waitingBody = (service: ServiceName, eventId: string) =>
  ok(
    api.GET(`/api/${service}/operations/waiting/{event_id}`, {
      params: { path: { event_id: eventId } },
    }),
  )
/** Without an event: all that are parked. */
export const replay = (service: ServiceName, eventId: string | null) =>
  ok(api.POST(`/api/${service}/operations/replays`, { body: { event_id: eventId } }))
export const whereabouts = (service: ServiceName, requestId: string) =>
  ok(
    api.GET(`/api/${service}/operations/requests/{request_id}`, {
      params: { path: { request_id: requestId } },
    }),
  )

/** The address of a table to take away, narrowed down as the list is. */
export function exportUrl(path: keyof paths & string, query: Record<string, string>, format: 'csv' | 'xlsx'): string {
  return `${path}?${new URLSearchParams({ ...query, format })}`
}
