import type { components, operations } from './schema'

/** The shapes that screens work with, by the names that they have there. */

type Schemas = components['schemas']

export type BusinessType = NonNullable<Schemas['RequestDraftView']['business_type']>
export type RequestStatus = Schemas['RequestRequestRow']['status'] | Schemas['WorkflowTaskListed']['request_status']
export const BUSINESS_TYPES = ['research', 'education', 'foreign_affairs', 'general'] as const satisfies readonly BusinessType[]
/** Those that a list can be narrowed down to. */
export const STATUSES = ['in_progress', 'returned', 'approved', 'completed', 'withdrawn', 'void'] as const satisfies readonly RequestStatus[]
export type Mark = Schemas['WorkflowMark']
type Narrowing = NonNullable<operations['request_list_requests']['parameters']['query']>
export interface ListQuery extends Pick<Narrowing, 'q' | 'number' | 'since' | 'until'> {
  status?: (typeof STATUSES)[number][]
  business_type?: BusinessType[]
  mark?: Mark[]
}
export type Verdict = Schemas['WorkflowDecisionBody']['verdict']
export type SealedItem = Schemas['DocumentUseBody']['item']
export type SheetState = Schemas['DocumentSheetView']['state']
export type Channel = Schemas['NotifyDevInboxMessage']['channel']

export interface Named {
  id: string
  name: string
}

export type Post = Schemas['WorkflowMeView']['roles'][number]

export type Session = Schemas['GatewaySessionView']
export type Change = Schemas['GatewayChangeView']
export type Organisation = Schemas['GatewayOrganisationView']

export type MatterRow = Schemas['RequestMatterRow']
export type Matter = Schemas['RequestMatterView']
export type FileView = Schemas['RequestFileView']
export type Draft = Schemas['RequestDraftView']
export type DraftRow = Schemas['RequestDraftRow']
export type ReturnedBy = Schemas['RequestReturnedView']
export type Submission = Schemas['RequestSubmissionView']
export type RequestRow = Schemas['RequestRequestRow']
export type RequestView = Schemas['RequestRequestView']
export type SealUseForm = Schemas['RequestSealUseForm']

/** A draft's form as the screen edits it: nothing is missing, but anything may be empty. */
export type FormDraft = Filled<Schemas['RequestFormDraft']>
export type MaterialDraft = FormDraft['materials'][number]
type Filled<Part> = Part extends (infer Item)[]
  ? Filled<Item>[]
  : Part extends object
    ? { [Key in keyof Part]-?: Filled<Exclude<Part[Key], undefined>> }
    : Part

export type TaskRow = Schemas['WorkflowTaskListed']
/** workflow-svc carries the form as it was submitted, without looking into it. */
export type TaskView = Omit<Schemas['WorkflowTaskView'], 'form'> & { form: SealUseForm }
export type WhyCopied = Schemas['WorkflowWhyCopied']
export type CopiedRow = Schemas['WorkflowCopyListed']
export type Attachment = Schemas['WorkflowAttachmentView']
export type DecisionResult = Schemas['WorkflowDecisionView']
export type RecordEntry = Schemas['WorkflowRecordItem']
export type FlowNode = Named & Partial<Pick<Schemas['WorkflowStandingNode'], 'state'> & Pick<Schemas['WorkflowFlowNodeView'], 'condition'>>
export type Agreement = Schemas['WorkflowAgreementView']
export type Changes = Schemas['RequestChangesView']
export type Opinion = Schemas['WorkflowOpinionView']

export type Sheet = Schemas['DocumentSheetView']
export type SealUse = Schemas['DocumentUseBody']
export type SealUseEntry = Schemas['DocumentSealUseView']

export type Preferences = Schemas['NotifyPreferencesView']
export type ReminderMode = Schemas['NotifyMode']

export type InboxMessage = Schemas['NotifyDevInboxMessage']
