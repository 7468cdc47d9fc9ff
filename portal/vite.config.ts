import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const FIRST_LOAD_BUDGET = 120_000 // bytes of JS and CSS, gzipped

/** Writes .br and .gz beside what the gateway may send compressed, and holds the build to its size. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle(options) {
      const folder = options.dir ?? 'dist'
      let total = 0
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|html|svg)$/.test(name)) continue
        const content = readFileSync(join(folder, name))
        const zipped = gzipSync(content, { level: 9 })
        if (/\.(js|css)$/.test(name)) total += zipped.length
        writeFileSync(join(folder, `${name}.gz`), zipped)
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content))
      }
      this.info(`JS and CSS: ${total} of at most ${FIRST_LOAD_BUDGET} bytes, gzipped`)
      if (total > FIRST_LOAD_BUDGET) this.error('the portal is larger than its budget')
    },
  }
}

export default defineConfig({
  plugins: [vue(), compressed()],
  resolve: { alias: { '@': join(import.meta.dirname, 'src') } },
  build: {
    target: ['es2020', 'chrome87', 'safari14'],
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': process.env.SEALFLOW_URL ?? 'http://127.0.0.1:8080' } },
  test: { environment: 'happy-dom', include: ['tests/**/*.spec.ts'] },
})
