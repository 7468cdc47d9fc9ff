import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { knowSession, session } from './logic/session'
import { texts } from './text'
import { loadDialogs } from './ui/dialogs'
import { toast } from './ui/toast'
import TaskView from './views/TaskView.vue'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    open?: boolean // to people who have not signed in
    bare?: boolean // without the header
    area?: string // screens that share a frame, which stays when one leads to another
  }
}

type Everyday = typeof import('./views/everyday')
const everyday = (screen: keyof Everyday) => async () => (await import('./views/everyday'))[screen]

/** One address a screen. What must be there at once for an address is named in at-once.ts. */
const routes: RouteRecordRaw[] = [
  { path: '/login', component: everyday('LoginView'), meta: { title: texts.login.title, open: true, bare: true } },
  { path: '/', component: everyday('HallView'), meta: { title: texts.app.hall } },
  { path: '/matters/:matter', component: everyday('MatterView'), props: true },
  { path: '/apply/:matter', component: everyday('ApplyView'), props: true, meta: { title: texts.matter.apply } },
  { path: '/drafts/:id', component: everyday('DraftView'), props: true, meta: { title: texts.matter.apply } },
  { path: '/mine', component: everyday('MineView'), meta: { title: texts.mine.title } },
  { path: '/requests/:id', component: everyday('RequestView'), props: true },
  { path: '/tasks', component: everyday('TasksView'), props: { state: 'open' }, meta: { title: texts.app.todo } },
  { path: '/done', component: everyday('TasksView'), props: { state: 'done' }, meta: { title: texts.app.done } },
  { path: '/messages', component: everyday('MessagesView'), meta: { title: texts.messages.title } },
  { path: '/settings', component: () => import('./views/SettingsView.vue'), meta: { title: texts.settings.title } },
  { path: '/tasks/:id', component: TaskView, props: true },
  {
    path: '/verify/:code',
    component: () => import('./views/VerifyView.vue'),
    props: true,
    meta: { title: texts.verify.title, open: true, bare: true },
  },
  {
    path: '/manage',
    component: () => import('./views/administration/ManageView.vue'),
    meta: { area: 'manage' },
    children: [
      { path: '', component: () => import('./views/administration/OverviewView.vue') },
      { path: 'counter', component: () => import('./views/administration/CounterView.vue') },
      { path: 'ledger', component: () => import('./views/administration/LedgerView.vue') },
      { path: 'seals', component: () => import('./views/administration/SealsView.vue') },
      { path: 'seals/:id', component: () => import('./views/administration/SealView.vue'), props: true },
      { path: 'requests', component: () => import('./views/administration/RequestsView.vue') },
      { path: 'statistics', component: () => import('./views/administration/StatisticsView.vue') },
      { path: 'alarms', component: () => import('./views/administration/AlarmsView.vue') },
      { path: 'directory', component: () => import('./views/administration/DirectoryView.vue') },
      { path: 'flows', component: () => import('./views/administration/FlowsView.vue') },
      { path: 'flows/new', component: () => import('./views/administration/FlowView.vue') },
      { path: 'flows/:flow/:version', component: () => import('./views/administration/FlowView.vue'), props: true },
      { path: 'matters', component: () => import('./views/administration/MattersView.vue') },
      { path: 'matters/:matter', component: () => import('./views/administration/MatterTextsView.vue'), props: true },
      { path: 'templates', component: () => import('./views/administration/TemplatesView.vue') },
      { path: 'deliveries', component: () => import('./views/administration/DeliveriesView.vue') },
      { path: 'waiting', component: () => import('./views/administration/WaitingView.vue') },
      { path: 'where', component: () => import('./views/administration/WhereView.vue') },
    ],
  },
  { path: '/dev-inbox', component: () => import('./views/InboxView.vue'), meta: { title: texts.inbox.title } },
  { path: '/:path(.*)*', component: everyday('MissingView'), meta: { open: true } },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

/** What people open next, while they look at what they came for. What does not come now comes then. */
export function loadTheRest(): void {
  setTimeout(() => void Promise.allSettled([loadDialogs(), import('./views/everyday')]), 1_500)
}

/** Code that did not come: the network, or a newer portal in its place, which a load of its own finds. */
router.onError((_problem, to, from) => {
  if (navigator.onLine && from.matched.length > 0) window.location.assign(to.fullPath)
  else toast(texts.app.notLoaded, 'error')
})

/** A link from a message leads through the sign-in to where it points. */
router.beforeEach(async (to) => {
  try {
    await knowSession()
  } catch {
    return true // the server is away: the screen says so, and offers to try again
  }
  if (to.path === '/login' && session.value) return target(to.query.next)
  if (to.meta.open || session.value) return true
  return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})

/** Only an address of this application: never one that leads elsewhere. */
export function target(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}
