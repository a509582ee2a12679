/**
 * The examples of `docs/protocol.md`, by file name: one story about one simulated enclave, one trader and one log. Run as
 * a program, it writes `docs/examples` anew, which `npm run format` then lays out.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificateExample, certificateVerificationExample } from './certificate.ts'
import { checkpointExample } from './checkpoint.ts'
import { logTileExample } from './log-tile.ts'
import { proofOfPossessionExample } from './proof-of-possession.ts'
import { submissionExample } from './submission.ts'

export const EXAMPLES: Readonly<Record<string, () => object | Promise<object>>> = {
  'submission.json': submissionExample,
  'proof-of-possession.json': proofOfPossessionExample,
  'certificate.json': certificateExample,
  'certificate.verification.json': certificateVerificationExample,
  'checkpoint.json': checkpointExample,
  'log-tile.json': logTileExample,
}

export const exampleFile = (name: string): string => join(import.meta.dirname, '../../../../docs/examples', name)

if (import.meta.main) {
  for (const [name, make] of Object.entries(EXAMPLES)) {
    writeFileSync(exampleFile(name), `${JSON.stringify(await make(), null, 2)}\n`)
  }
}
