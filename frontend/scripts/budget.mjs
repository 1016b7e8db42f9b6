// Fails when the script that the first page needs (entry with the home page, both languages) is over budget, gzip-compressed.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 120
const FIRST_PAGE = ['index.html', 'src/i18n/zh.ts', 'src/i18n/en.ts']

const dist = new URL('../../webapp/dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist)))
const needed = new Set()

function need(key) {
    const chunk = manifest[key]
    if (!chunk) throw new Error(`${key} is not in the build`)
    if (needed.has(chunk.file)) return
    needed.add(chunk.file)
    chunk.imports?.forEach(need)
}

FIRST_PAGE.forEach(need)
const sizes = [...needed].map((file) => ({
    file,
    bytes: gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length,
}))
const kb = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1000
for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${file}`)
}
console.log(`${kb.toFixed(1).padStart(8)} kB  of ${BUDGET_KB} kB, gzip, first page`)
if (kb > BUDGET_KB) {
    console.error('The first page is over its budget.')
    process.exit(1)
}
