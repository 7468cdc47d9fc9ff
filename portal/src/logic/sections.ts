import type { Post } from '@/api/types'
import { manage } from '@/text/sections'

/** A section of 管理: where it is, and whose it is. */
export interface Section {
  key: keyof typeof manage.sections
  group: keyof typeof manage.groups
  posts: Post[]
}

const OVERSEERS: Post[] = ['seal_keeper', 'auditor', 'administrator']
const OPERATORS: Post[] = ['administrator', 'auditor']

export const SECTIONS: Section[] = [
  { key: 'counter', group: 'office', posts: ['seal_keeper'] },
  { key: 'ledger', group: 'office', posts: OVERSEERS },
  { key: 'seals', group: 'office', posts: OVERSEERS },
  { key: 'requests', group: 'oversight', posts: OVERSEERS },
  { key: 'statistics', group: 'oversight', posts: OVERSEERS },
  { key: 'alarms', group: 'oversight', posts: OVERSEERS },
  { key: 'directory', group: 'system', posts: ['administrator'] },
  { key: 'flows', group: 'system', posts: OVERSEERS },
  { key: 'matters', group: 'system', posts: ['administrator'] },
  { key: 'templates', group: 'system', posts: OPERATORS },
  { key: 'deliveries', group: 'system', posts: OPERATORS },
  { key: 'waiting', group: 'system', posts: OPERATORS },
  { key: 'where', group: 'system', posts: OPERATORS },
]

export const sectionPath = (key: Section['key']): string => `/manage/${key}`
