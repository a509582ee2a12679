/**
 * FAKE. The collector child on a Nitro machine that is none; everything else of it is the real thing. Which roots stand for Amazon's
 * it reads beside the master key, and tells there which roots its documents chain to, for it has no other way to its test.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BootMessage } from '../../src/collector/messages.ts'
import { serveParent } from '../../src/collector/serve-parent.ts'
import { systemClock } from '../../src/collector/system.ts'
import { fakeNitro } from '../tee/nitro/kms/fake-nitro.ts'

export const AMAZON_ROOT = 'fake-amazon-root.pem'
export const NSM_ROOTS = 'fake-nsm-roots'

let directory = ''
const amazonRoots: string[] = []

// Before the collector reads the same message.
process.once('message', ({ dataDirectory }: BootMessage) => {
  directory = dataDirectory
  amazonRoots.push(readFileSync(join(directory, AMAZON_ROOT), 'utf8'))
})

// A process of its own, or a test that imports the names of the files.
if (process.send !== undefined) {
  const { machine } = fakeNitro({
    now: Math.floor(systemClock.now() / 1000),
    amazonRoots,
    made: (roots) => appendFileSync(join(directory, NSM_ROOTS), `${roots.join('\n')}\n`),
  })
  serveParent(machine)
}
