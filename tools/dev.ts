/**
 * `npm run dev`: the enclave, started anew after every edit. It starts empty each time: an edit makes another release,
 * and what one release sealed no other opens, in the simulator as in a TEE.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readConfiguration, startEnclave } from '@perf-aggregator/enclave'
import { ROOT } from './sources.ts'

const dataDirectory = join(ROOT, 'data-dev')
rmSync(dataDirectory, { recursive: true, force: true })
const enclave = await startEnclave(readConfiguration({ TEE: 'simulator', ...process.env, DATA_DIR: dataDirectory }), {
  notice: (line) => console.error(line),
})
console.log(`enclave ready at ${enclave.url}, empty, release ${enclave.release}`)
