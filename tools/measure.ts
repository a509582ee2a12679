/**
 * `npm run measure [-- --json]`: recomputes the release digest from the sources that lie here, so that it can be compared
 * with the `image_hash` an enclave shows. The set and its format: `docs/decisions/0003-measured-set.md`.
 */
import { measureRelease, OWN_ROOT } from '../apps/enclave/src/release/measure.ts'
import { readCommandLine } from './usage.ts'

const USAGE = `Usage: npm run measure [-- --json]

The release digest of the sources that lie here: what an enclave that runs them shows as image_hash, and --measurement accepts.

  --json  every measured file with its digest

Examples:
  $ npm run measure
  $ npx perf-aggregator register --exchange kraken --measurement $(npm run -s measure | head -1)`

const { values } = readCommandLine({ text: USAGE, takesNames: false }, { json: { type: 'boolean', default: false } })
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const { digest, files } = await measureRelease({ root: OWN_ROOT, node: process.execPath })

if (values.json) {
  const manifest = files.map(({ path, sha256 }) => ({ path, sha256: hex(sha256) }))
  console.log(JSON.stringify({ digest: hex(digest), node: process.version, files: manifest }, null, 2))
} else {
  console.log(`${hex(digest)}\n${files.length} files, Node ${process.version}`)
}
