import { defineAsyncComponent, type Component } from 'vue'
import { texts } from '@/text'
import { toast } from './toast'

/** What few people open: its code comes when it is wanted. Without it one is told, and may press again. */
export function onDemand<Part extends Component>(load: () => Promise<{ default: Part }>): Part {
  return defineAsyncComponent({
    loader: load as () => Promise<{ default: Component }>,
    onError(_problem, _again, fail) {
      toast(texts.app.notLoaded, 'error')
      fail()
    },
  }) as unknown as Part
}
