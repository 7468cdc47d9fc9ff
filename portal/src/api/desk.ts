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

// The counter and the ledger
export type Counter = Schemas['DocumentCounterView']
export type Allowance = Schemas['DocumentAllowanceView']
export type CounterMaterial = Schemas['DocumentMaterial']
export type Entry = Schemas['DocumentSealUseView']
export type EntryKind = Schemas['DocumentEntryKind']
export type Scan = Schemas['DocumentScanView']
export type UseBody = Schemas['DocumentUseBody']
export type UseView = Schemas['DocumentUseView']
export type SealedItem = Schemas['DocumentSealedItem']
export type Registration = Schemas['DocumentSealUseBody']
export type Correction = Schemas['DocumentCorrectionView']
export type LedgerQuery = Query<'/api/document/ledger'>

export const findAtCounter = (q: string) => ok(api.GET('/api/document/counter', { params: { query: { q } } }))
export const registerUse = (requestId: string, key: string, body: Registration) =>
  ok(
    api.POST('/api/document/requests/{request_id}/seal-uses', {
      params: { path: { request_id: requestId }, header: { 'idempotency-key': key } },
      body,
    }),
  )
export const takeBack = (requestId: string, uses: UseBody[], reason: string | null) =>
  ok(
    api.POST('/api/document/requests/{request_id}/returns', {
      params: { path: { request_id: requestId } },
      body: { uses, reason },
    }),
  )
export const ledger = (query: LedgerQuery) => ok(api.GET('/api/document/ledger', { params: { query } }))
export const countLedger = (query: Omit<LedgerQuery, 'limit' | 'cursor'>) =>
  ok(api.GET('/api/document/ledger/count', { params: { query } }))
export const proveLedger = () => ok(api.GET('/api/document/ledger/proof'))
export const sealsUsed = (by: Schemas['DocumentBy'], query: Omit<LedgerQuery, 'limit' | 'cursor'> = {}) =>
  ok(api.GET('/api/document/ledger/statistics', { params: { query: { by, ...query } } }))
export const proposeCorrection = (entryId: string, uses: UseBody[], reason: string) =>
  ok(
    api.POST('/api/document/seal-uses/{entry_id}/corrections', {
      params: { path: { entry_id: entryId } },
      body: { uses, reason },
    }),
  )
export const corrections = () => ok(api.GET('/api/document/corrections'))
export const confirmCorrection = (id: string) =>
  ok(api.POST('/api/document/corrections/{correction_id}/confirmation', { params: { path: { correction_id: id } } }))
export const dropCorrection = (id: string) =>
  ok(api.DELETE('/api/document/corrections/{correction_id}', { params: { path: { correction_id: id } } }))
export const scansPath = (requestId: string): string => `/api/document/requests/${requestId}/scans`
export const scanUrl = (requestId: string, scanId: string): string => `${scansPath(requestId)}/${scanId}?inline=1`
export const labelsUrl = (entryId: string): string => `/api/document/seal-uses/${entryId}/labels`

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

// The directory
export type Person = Schemas['WorkflowPersonEntry']
export type PersonFacts = Schemas['WorkflowPersonBody']
export type Unit = Schemas['WorkflowUnitEntry']
export type UnitFacts = Schemas['WorkflowUnitBody']
export type UnitKind = Unit['kind']
export type ImportPreview = Schemas['WorkflowImportView']
export type ImportFiles = Schemas['WorkflowImportBody']
export type Deed = Schemas['WorkflowDeedView']
export type PeopleQuery = Query<'/api/workflow/directory/people'>

export const people = (query: PeopleQuery) => ok(api.GET('/api/workflow/directory/people', { params: { query } }))
export const addPerson = (login: string, facts: PersonFacts) =>
  ok(api.POST('/api/workflow/directory/people', { body: { login, ...facts } }))
export const changePerson = (id: string, body: PersonFacts) =>
  ok(api.PUT('/api/workflow/directory/people/{person_id}', { params: { path: { person_id: id } }, body }))
export const noteDeparture = (id: string) =>
  ok(api.POST('/api/workflow/directory/people/{person_id}/departure', { params: { path: { person_id: id } } }))
export const directoryUnits = (q?: string) =>
  ok(api.GET('/api/workflow/directory/units', { params: { query: { q } } }))
export const addUnit = (code: string, facts: UnitFacts) =>
  ok(api.POST('/api/workflow/directory/units', { body: { code, ...facts } }))
export const changeUnit = (id: string, body: UnitFacts) =>
  ok(api.PUT('/api/workflow/directory/units/{unit_id}', { params: { path: { unit_id: id } }, body }))
export const previewImport = (body: ImportFiles) => ok(api.POST('/api/workflow/directory/import/preview', { body }))
export const importDirectory = (body: ImportFiles) => ok(api.POST('/api/workflow/directory/import', { body }))
export const directoryChanges = (cursor: string | null, limit: number) =>
  ok(api.GET('/api/workflow/directory/changes', { params: { query: { cursor, limit } } }))

// Matters
export type CatalogueEntry = Schemas['RequestCatalogueEntry']
export type MatterTexts = Schemas['RequestTextsBody']
export type MatterDeed = Schemas['RequestMatterDeedView']

/** Whether people read other words than the file's. */
export const isRewritten = ({ texts, filed }: CatalogueEntry): boolean => JSON.stringify(texts) !== JSON.stringify(filed)
const seen = (key: string, version: number) => ({ path: { key }, header: { 'if-match': `"${version}"` } })
export const catalogue = () => ok(api.GET('/api/request/catalogue'))
export const catalogueEntry = (key: string) => ok(api.GET('/api/request/catalogue/{key}', { params: { path: { key } } }))
export const changeMatter = (key: string, version: number, body: MatterTexts) =>
  ok(api.PUT('/api/request/catalogue/{key}/texts', { params: seen(key, version), body }))
export const resetMatter = (key: string, version: number) =>
  ok(api.DELETE('/api/request/catalogue/{key}/texts', { params: seen(key, version) }))
export const closeMatter = (key: string, version: number, notice: string) =>
  ok(api.PUT('/api/request/catalogue/{key}/closure', { params: seen(key, version), body: { notice } }))
export const reopenMatter = (key: string, version: number) =>
  ok(api.DELETE('/api/request/catalogue/{key}/closure', { params: seen(key, version) }))
export const matterChanges = (key: string, cursor: string | null, limit: number) =>
  ok(api.GET('/api/request/catalogue/{key}/changes', { params: { path: { key }, query: { cursor, limit } } }))

// 作废
export type VoidProposal = Schemas['WorkflowVoidProposalView']
export const voidProposals = (requestId?: string) =>
  ok(api.GET('/api/workflow/void-proposals', { params: { query: { request_id: requestId } } }))
export const proposeVoid = (requestId: string, key: string, reason: string) =>
  ok(
    api.POST('/api/workflow/requests/{request_id}/void-proposal', {
      params: { path: { request_id: requestId }, header: { 'idempotency-key': key } },
      body: { reason },
    }),
  )
export const takeBackVoid = (requestId: string) =>
  ok(api.DELETE('/api/workflow/requests/{request_id}/void-proposal', { params: { path: { request_id: requestId } } }))
export const confirmVoid = (requestId: string, key: string) =>
  ok(
    api.POST('/api/workflow/requests/{request_id}/void-confirmation', {
      params: { path: { request_id: requestId }, header: { 'idempotency-key': key } },
    }),
  )

// Messages
export type Template = Schemas['NotifyTemplateView']
export type MessageKind = Template['kind']
export type MessageChannel = Template['channels'][number]['channel']
export type TemplatePreview = Schemas['NotifyPreview']
export type Delivery = Schemas['NotifyDeliveryView']
export type DeliveryDetail = Schemas['NotifyDeliveryDetail']
export type DeliveriesQuery = Query<'/api/notify/deliveries'>
export type Provider = Schemas['NotifyProviderView']
export type Unreachable = Schemas['NotifyUnreachableView']

export const templates = () => ok(api.GET('/api/notify/templates'))
export const templatePreview = (kind: MessageKind, channel: MessageChannel) =>
  ok(api.GET('/api/notify/templates/{kind}/{channel}', { params: { path: { kind, channel } } }))
export const deliveries = (query: DeliveriesQuery) => ok(api.GET('/api/notify/deliveries', { params: { query } }))
export const delivery = (id: string) =>
  ok(api.GET('/api/notify/deliveries/{delivery_id}', { params: { path: { delivery_id: id } } }))
export const unreachable = () => ok(api.GET('/api/notify/unreachable'))
export const tryAgain = ({ channel, address_hash }: Unreachable) =>
  ok(api.DELETE('/api/notify/unreachable/{channel}/{address_hash}', { params: { path: { channel, address_hash } } }))
export const sendAgain = (id: string, mayDouble: boolean) =>
  ok(
    api.POST('/api/notify/deliveries/{delivery_id}/resend', {
      params: { path: { delivery_id: id } },
      body: { although_it_may_double: mayDouble },
    }),
  )
export const cancelDelivery = (id: string) =>
  ok(api.POST('/api/notify/deliveries/{delivery_id}/cancellation', { params: { path: { delivery_id: id } } }))
export const providers = () => ok(api.GET('/api/notify/providers'))

// Seals
export type SealRow = Schemas['DocumentSealRow']
export type SealView = paths['/api/document/seals/{unit_id}']['get']['responses'][200]['content']['application/json']
export type SealDeed = Schemas['DocumentProposalBody']['deed']
export type SealProposal = Schemas['DocumentProposalView']

export const seals = () => ok(api.GET('/api/document/seals'))
export const seal = (unitId: string) =>
  ok(api.GET('/api/document/seals/{unit_id}', { params: { path: { unit_id: unitId } } }))
export const sealsWaiting = () => ok(api.GET('/api/document/seals/waiting'))
export const proposeDeed = (unitId: string, body: Schemas['DocumentProposalBody']) =>
  ok(api.POST('/api/document/seals/{unit_id}/proposals', { params: { path: { unit_id: unitId } }, body }))
export const confirmDeed = (id: string) =>
  ok(api.POST('/api/document/seal-proposals/{proposal_id}/confirmation', { params: { path: { proposal_id: id } } }))
export const refuseDeed = (id: string, reason: string) =>
  ok(
    api.POST('/api/document/seal-proposals/{proposal_id}/refusal', {
      params: { path: { proposal_id: id } },
      body: { reason },
    }),
  )
export const suspendSeal = (unitId: string, reason: string) =>
  ok(
    api.POST('/api/document/seals/{unit_id}/suspension', {
      params: { path: { unit_id: unitId } },
      body: { reason },
    }),
  )
export const releaseSeal = (unitId: string, reason: string) =>
  ok(
    api.POST('/api/document/seals/{unit_id}/release', {
      params: { path: { unit_id: unitId } },
      body: { reason },
    }),
  )
export const sealPictureUrl = (unitId: string): string => `/api/document/seals/${unitId}/picture`

// Flows
export type FlowState = Schemas['WorkflowDefinitionState']
export type Definition = Schemas['WorkflowDefinitionView']
export type DrawnFlow = NonNullable<Definition['flow']>
export type Fault = Schemas['WorkflowFaultView']
export type FlowVerification = Schemas['WorkflowVerificationView']

const version = (key: string, number: number) => ({ params: { path: { key, version: number } } })
export const definitions = () => ok(api.GET('/api/workflow/flow-definitions'))
export const definition = (key: string, number: number) =>
  ok(api.GET('/api/workflow/flow-definitions/{key}/{version}', version(key, number)))
export const saveDefinition = (text: string) => ok(api.POST('/api/workflow/flow-definitions', { body: { text } }))
export const verifyText = (text: string) => ok(api.POST('/api/workflow/flow-definitions/verification', { body: { text } }))
export const verifyDraft = (key: string, number: number) =>
  ok(api.POST('/api/workflow/flow-definitions/{key}/{version}/verification', version(key, number)))
export const publishDefinition = (key: string, number: number) =>
  ok(api.POST('/api/workflow/flow-definitions/{key}/{version}/publication', version(key, number)))
export const retireDefinition = (key: string, number: number) =>
  ok(api.POST('/api/workflow/flow-definitions/{key}/{version}/retirement', version(key, number)))
export const discardDefinition = (key: string, number: number) =>
  ok(api.DELETE('/api/workflow/flow-definitions/{key}/{version}', version(key, number)))

// Statistics
export const statistics = (query: Query<'/api/workflow/statistics'>) =>
  ok(api.GET('/api/workflow/statistics', { params: { query } }))

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
