import type { OutputBundle, OutputChunk } from 'rolldown'
import type { Plugin } from 'vite'

/** What an address needs besides the entry: the screen's code, and the first thing that it asks for. */
export interface AtOnce {
  screens: string | null // the module that the router loads for it; null: it is in the entry
  data: string[]
}

const EVERYDAY = 'src/views/everyday.ts'
const everyday = (...data: string[]): AtOnce => ({ screens: EVERYDAY, data })

/**
 * By address; {…} stands for one step of it, and is the same in what is asked for. Without this a
 * browser would learn of the code when the entry has come, and of the data when the code has.
 */
export const AT_ONCE: Record<string, AtOnce> = {
  '/': everyday('/api/request/matters'),
  '/login': everyday(),
  '/matters/{key}': everyday('/api/request/matters/{key}'),
  '/apply/{key}': everyday('/api/request/matters/{key}'),
  '/drafts/{id}': everyday('/api/request/drafts/{id}'),
  '/mine': everyday(),
  '/messages': everyday(),
  '/requests/{id}': everyday('/api/request/requests/{id}'),
  '/tasks': everyday(),
  '/done': everyday(),
  '/tasks/{id}': { screens: null, data: ['/api/workflow/tasks/{id}'] },
}

/** Writes at-once.json, which the gateway turns into Link headers of the page. */
export function atOnce(): Plugin {
  return {
    name: 'at-once',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const addresses = Object.entries(AT_ONCE).map(([address, { screens, data }]) => {
        const files = screens ? needed(bundle, screens) : []
        const named = (suffix: string): string[] => files.filter((file) => file.endsWith(suffix)).map((file) => `/${file}`)
        return [address, { scripts: named('.js'), styles: named('.css'), data }]
      })
      this.emitFile({ type: 'asset', fileName: 'at-once.json', source: JSON.stringify(Object.fromEntries(addresses)) })
    },
  }
}

/** The files of a module that is loaded on demand, without those that index.html names itself. */
function needed(bundle: OutputBundle, screens: string): string[] {
  const chunks = Object.values(bundle).filter((file): file is OutputChunk => file.type === 'chunk')
  const wanted = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(screens))
  const entry = chunks.find((chunk) => chunk.isEntry)
  if (!wanted || !entry) throw new Error(`${screens} is no longer loaded on demand`)
  const there = filesOf(bundle, entry)
  return [...filesOf(bundle, wanted)].filter((file) => !there.has(file))
}

function filesOf(bundle: OutputBundle, chunk: OutputChunk, found = new Set<string>()): Set<string> {
  found.add(chunk.fileName)
  for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style)
  for (const name of chunk.imports) {
    const other = bundle[name]
    if (other?.type === 'chunk' && !found.has(name)) filesOf(bundle, other, found)
  }
  return found
}
