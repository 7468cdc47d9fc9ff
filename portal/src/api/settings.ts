import { api, ok } from './client'
import type { components } from './schema'

/** Questions of the page of one's own settings: loaded with it. */

type Schemas = components['schemas']
export type Delegation = Schemas['WorkflowDelegationView']
export type DelegationWish = Schemas['WorkflowDelegationBody']
export type HeldPost = Schemas['WorkflowHeldPostView']

// 委托
export const delegations = () => ok(api.GET('/api/workflow/delegations'))
export const delegate = (key: string, body: DelegationWish) =>
  ok(api.POST('/api/workflow/delegations', { params: { header: { 'idempotency-key': key } }, body }))
export const endDelegation = (id: string) =>
  ok(api.DELETE('/api/workflow/delegations/{delegation_id}', { params: { path: { delegation_id: id } } }))

// 微信绑定
export type BindingTicket = Schemas['NotifyBindingTicket']

export const wechatBinding = () => ok(api.GET('/api/notify/bindings/wechat'))
export const unbindWechat = () => ok(api.DELETE('/api/notify/bindings/wechat'))
export const newBindingTicket = () => ok(api.POST('/api/notify/bindings/wechat/tickets'))
export const bindingTicket = (id: string) =>
  ok(api.GET('/api/notify/bindings/wechat/tickets/{ticket_id}', { params: { path: { ticket_id: id } } }))
export const confirmBinding = (id: string, code: string) =>
  ok(
    api.POST('/api/notify/bindings/wechat/tickets/{ticket_id}/confirm', {
      params: { path: { ticket_id: id } },
      body: { check_code: code },
    }),
  )
export const wechatSignIn = () => ok(api.POST('/api/notify/bindings/wechat/sign-in'))
