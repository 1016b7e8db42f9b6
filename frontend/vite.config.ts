import { fileURLToPath } from 'node:url'
import vueI18n from '@intlify/unplugin-vue-i18n/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Where `npm run dev` finds the API: these paths belong to it, all others to the page.
const api = process.env.API_URL ?? 'http://127.0.0.1:8000'
const apiPaths = [
  '/users/',
  '/courses/',
  '/cart/',
  '/coupons/',
  '/orders/',
  '/payments/',
  '/pictures/',
  '/ops/',
  '/openapi.json',
]

const page = vue({ features: { optionsAPI: false } })
// Messages are compiled when the page is built; tests read them as they are written.
const compiled = vueI18n({ include: fileURLToPath(new URL('./src/i18n/{zh,en}.ts', import.meta.url)) })

export default defineConfig({
  plugins: process.env.VITEST ? [page] : [page, compiled],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../webapp/dist', // beside the code that serves it, so that a wheel carries it
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: {
      output: {
        // What changes with a library alone keeps its name, and its place in caches, when the page changes.
        codeSplitting: {
          groups: [
            { name: 'i18n', test: /node_modules\/(@intlify|vue-i18n)\// },
            { name: 'vue', priority: 1, test: /node_modules\/(@vue|vue|vue-router|pinia)\// },
          ],
        },
      },
    },
  },
  server: { proxy: Object.fromEntries(apiPaths.map((path) => [path, api])) },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
  },
})
