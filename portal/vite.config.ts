import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { atOnce } from './at-once.ts'

const BUDGET = 120_000 // bytes of JS and CSS, gzipped: all that an applicant or an approver loads
/** Loaded on demand, and seldom or by others: administration, the counter, settings, the public page. */
const ASIDE = /views\/(administration\/|VerifyView|InboxView|SettingsView)|parts\/(RegisterBox|BatchDialog|CannedDialog|ChangesDialog|FavouritesDialog|HandOverDialog|SignerDialog|UnsignDialog|SheetPreview|TakeAway)/
/** In a file of its own each: what changes with Vue alone, what several screens share, what opens over a page. */
const VUE = /rolldown\/runtime|node_modules\/(@?vue|vue-router)\//
const SHARED = /src\/(api\/(calls|client)|logic|parts|ui\/(?!UiDialog|UiPickList)|text\/(zh|index|errors))/
const DIALOGS = /node_modules\/(reka-ui|@vueuse|aria-hidden|defu)|ui\/Ui(Dialog|PickList)/

/** Writes .br and .gz beside what the gateway may send compressed. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle(options) {
      const folder = options.dir ?? 'dist'
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue
        const content = readFileSync(join(folder, name))
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }))
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content))
      }
    },
  }
}

/** Holds what people load to its size: the entry, and all that it leads to but what stands aside. */
function budget(): Plugin {
  return {
    name: 'budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const loaded = new Set<string>()
      const load = (name: string): void => {
        const file = bundle[name]
        if (!file || loaded.has(name)) return
        if (file.type === 'chunk' && ASIDE.test(file.facadeModuleId ?? '')) return
        loaded.add(name)
        if (file.type === 'chunk') {
          for (const other of [...file.imports, ...file.dynamicImports, ...(file.viteMetadata?.importedCss ?? [])]) load(other)
        }
      }
      for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.isEntry) load(file.fileName)
      let total = 0
      for (const name of loaded) {
        const file = bundle[name]!
        total += gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 }).length
      }
      this.info(`people load ${total} of at most ${BUDGET} bytes of JS and CSS, gzipped`)
      if (total > BUDGET) this.error('the portal is larger than its budget')
    },
  }
}

export default defineConfig({
  plugins: [vue(), budget(), atOnce(), compressed()],
  define: { __VUE_OPTIONS_API__: 'false' }, // neither we nor what we use writes components that way
  resolve: { alias: { '@': join(import.meta.dirname, 'src'), ohash: join(import.meta.dirname, 'src/ui/same.ts') } },
  build: {
    // No `chrome…` here: with one, `"useId" in vue` is not folded, and all of Vue is kept (20 kB).
    target: ['es2020', 'safari14'],
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What screens share is one file: many small ones cost a request each, and compress worse.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vue', test: VUE, priority: 2 },
            { name: 'shared', test: SHARED, minShareCount: 2, priority: 1 },
            { name: 'dialogs', test: DIALOGS },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': process.env.SEALFLOW_URL ?? 'http://127.0.0.1:8080' } },
  test: { environment: 'happy-dom', include: ['tests/**/*.spec.ts'] },
})
