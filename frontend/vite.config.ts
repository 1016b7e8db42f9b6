import { fileURLToPath } from 'node:url'
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

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../webapp/dist', // beside the code that serves it, so that a wheel carries it
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: Object.fromEntries(apiPaths.map((path) => [path, api])) },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
  },
})
