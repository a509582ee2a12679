/** The mutation guarantee for a bundle file: whatever is altered in it is refused, but for what only tells when it was gathered. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { EncodingError, encodeUtf8, equalBytes } from '../src/bytes/index.ts'
import {
  AttestationError,
  formatBundle,
  hardwareOnlyPolicy,
  parseBundle,
  skip,
  type Verdict,
  verify,
} from '../src/index.ts'
import { absent, at, read } from './corpus.ts'
import { describeRun, mutate } from './mutation.ts'

const PATH = 'nitro/evervault-2022-10-13-pcr8.cose'
const NOW = at('2022-10-13T08:58:02Z')
const POLICY = hardwareOnlyPolicy('nitro', { revocation: skip('an archive without revocation lists') })

test(`${PATH} as a bundle: every flip and every cut is refused`, { skip: absent }, async (context) => {
  const bundle = formatBundle({
    evidence: { type: 'nitro', quote: read(PATH), binding: null },
    endorsements: [],
    collectedAt: NOW,
  })
  const judge = async (file: Uint8Array): Promise<Verdict> => {
    const { evidence, endorsements } = parseBundle(file)
    return verify(evidence, endorsements, POLICY, NOW, mathematics)
  }
  assert.ok((await judge(bundle)).accepted)
  const unread: Verdict = await verify(
    { type: 'nitro', quote: new Uint8Array(0), binding: null },
    [],
    POLICY,
    NOW,
    mathematics,
  )
  const run = await mutate(bundle, (file) => judge(file).catch((error: unknown) => refused(error, unread)))
  context.diagnostic(describeRun('bundle', run))

  // `collected_at` says when the bundle was gathered, and nobody signs that: whoever judges gives the moment. Its digits may be others.
  const digits = Buffer.from(bundle).indexOf(encodeUtf8(String(NOW)))
  const isTold = (place: string): boolean => {
    const [, byte] = /^byte (\d+) /.exec(place) ?? []
    return byte !== undefined && Number(byte) >= digits && Number(byte) < digits + 10
  }
  // And the line end after the last brace is white space, which JSON does not count.
  const isLineEnd = (place: string): boolean => place === `cut to ${bundle.length - 1}`
  assert.ok(equalBytes(bundle.slice(-1), encodeUtf8('\n')))
  assert.deepEqual(
    run.accepted.filter((place) => !isTold(place) && !isLineEnd(place)),
    [],
  )
})

/** A file that is no bundle, which the parser has to say with a code. */
function refused(error: unknown, verdict: Verdict): Verdict {
  assert.ok(error instanceof AttestationError || error instanceof EncodingError, String(error))
  return verdict
}
