// Writes a .gz and a .br beside each file of the build that shrinks, for the web process to send as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../../webapp/dist/', import.meta.url).pathname
const worthIt = /\.(?:js|css|html|svg|json|txt)$/

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !worthIt.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    const content = readFileSync(path)
    const gzip = gzipSync(content, { level: 9 })
    const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
    if (gzip.length < content.length) writeFileSync(`${path}.gz`, gzip)
    if (brotli.length < content.length) writeFileSync(`${path}.br`, brotli)
}
