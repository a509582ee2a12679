import { randomFillSync } from 'node:crypto'
import type { Random } from '../src/ports/random.ts'

/** The system's randomness, for tests that do not care which bytes they get. */
export const random: Random = { bytes: (length) => randomFillSync(new Uint8Array(length)) }
