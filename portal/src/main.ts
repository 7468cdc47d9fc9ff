import { createApp } from 'vue'
import App from './App.vue'
import { onSignedOut } from './api/client'
import { followKeyboard } from './logic/keyboard'
import { forgetSession, session } from './logic/session'
import { loadTheRest, router } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

onSignedOut(() => {
  if (!session.value) return // the question at the start, whether somebody is signed in
  forgetSession()
  void router.push({ path: '/login', query: { next: router.currentRoute.value.fullPath } })
})
followKeyboard()
createApp(App).use(router).mount('#app')
void router.isReady().then(loadTheRest)
