/** Genuine documents of AWS Nitro: the listed verdict at the listed time, and no bit of them that could be another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { nitroEnclave } from '../../testkit/src/vendor-pki/index.ts'
import {
  appraisers,
  endorsement,
  type FailureCode,
  hardwareOnlyPolicy,
  type Policy,
  skip,
  type Verdict,
  verify,
} from '../src/index.ts'
import { nitroAppraiser } from '../src/nitro/appraiser.ts'
import { absent, at, find, read } from './corpus.ts'

/** AWS publishes a list for as long as it holds, and of these documents' days none was kept. */
const revocation = skip('an archive without revocation lists')
const POLICY = hardwareOnlyPolicy('nitro', { revocation })

const exhaustive = process.env['EXHAUSTIVE'] === '1'

async function judge(quote: Uint8Array, now: number, policy: Policy = POLICY): Promise<Verdict> {
  return verify({ type: 'nitro', quote, binding: null }, [], policy, now, mathematics)
}

function failures(verdict: Verdict): readonly FailureCode[] {
  return verdict.accepted ? [] : verdict.failures
}

const GENUINE = {
  'nitro/evervault-2022-10-13-pcr8.cose': {
    time: '2022-10-13T08:58:02Z',
    window: ['2022-10-13T08:57:59Z', '2022-10-13T11:58:02Z'],
    instance: 'i-020b6af9246d90e92',
    nonce: 256,
  },
  'nitro/cape-2022-09-15-x25519-pubkey-nonce.cose': {
    time: '2022-09-15T17:43:28Z',
    window: ['2022-09-15T17:43:24Z', '2022-09-15T20:43:27Z'],
    instance: 'i-0697c9729fa547b20',
    nonce: 12,
  },
  'nitro/dstack-2025-12-25-indefinite-map.cose': {
    time: '2025-12-25T13:15:37Z',
    window: ['2025-12-25T13:15:34Z', '2025-12-25T16:15:37Z'],
    instance: 'i-0827e799ec9232d44',
    nonce: null,
  },
} as const

const CAPE = 'nitro/cape-2022-09-15-x25519-pubkey-nonce.cose'
const DEBUG = 'nitro/DEBUG-cape-2022-07-14-x25519.cose'

for (const [path, { time, window, instance, nonce }] of Object.entries(GENUINE)) {
  test(`${path}: genuine, and for as long as listed`, { skip: absent }, async () => {
    const quote = read(path)
    const verdict = await judge(quote, at(time))
    assert.deepEqual(failures(verdict), [])
    assert.ok(verdict.accepted && verdict.validity)
    const { claims, validity } = verdict
    assert.deepEqual([validity.notBefore, validity.notAfter], window.map(at))
    assert.equal(Buffer.from(claims.platform?.id ?? []).toString(), instance)
    assert.equal(claims.nonce?.length ?? null, nonce)
    assert.equal(claims.issuedAt, at(time))
    assert.deepEqual(failures(await judge(quote, validity.notAfter + 1)), ['x509_expired'])
    assert.deepEqual(failures(await judge(quote, validity.notBefore - 1)), ['x509_not_yet_valid'])
    assert.deepEqual(failures(await judge(quote, at(time), hardwareOnlyPolicy('nitro'))), ['crl_missing'])
  })
}

test(`${CAPE}: bound to the key and nonce it was asked with`, { skip: absent }, async () => {
  const quote = read(CAPE)
  const now = at(GENUINE[CAPE].time)
  const { claims } = (await judge(quote, now)) as Extract<Verdict, { accepted: true }>
  assert.ok(claims.nonce && claims.details.family === 'nitro' && claims.details.publicKey)
  const wanted = (nonce: Uint8Array, publicKey: Uint8Array): Policy => {
    const policy = hardwareOnlyPolicy('nitro', { revocation, nonce })
    const { nitro } = policy.families
    assert.ok(nitro)
    return { ...policy, families: { nitro: { ...nitro, publicKey } } }
  }
  const { publicKey } = claims.details
  assert.deepEqual(failures(await judge(quote, now, wanted(claims.nonce, publicKey))), [])
  assert.deepEqual(failures(await judge(quote, now, wanted(publicKey, claims.nonce))), [
    'nitro_public_key_mismatch',
    'nonce_mismatch',
  ])
})

test(`${DEBUG}: signed by AWS like any other, and refused`, { skip: absent }, async () => {
  assert.deepEqual(failures(await judge(read(DEBUG), at('2022-07-14T20:46:07Z'))), ['debug_enabled'])
})

const NEGATIVE: Readonly<Record<string, readonly FailureCode[]>> = {
  'nitro/negative/cape-1-signature-lastbyte-flipped.cose': ['signature_invalid'],
  'nitro/negative/cape-1-pcr0-bit-flipped.cose': ['signature_invalid'],
  'nitro/negative/cape-1-public_key-swapped.cose': ['signature_invalid'],
  'nitro/negative/cape-1-truncated.cose': ['evidence_malformed'],
  'nitro/negative/cape-1-trailing-bytes.cose': ['evidence_malformed'],
}

test('the corpus holds the documents named here and no others', { skip: absent }, () => {
  assert.deepEqual(find('nitro/**/*.cose'), [...Object.keys(GENUINE), DEBUG, ...Object.keys(NEGATIVE)].toSorted())
})

for (const [path, codes] of Object.entries(NEGATIVE)) {
  test(`${path}: ${codes.join()}`, { skip: absent }, async () => {
    assert.deepEqual(failures(await judge(read(path), at(GENUINE[CAPE].time))), codes)
  })
}

// No byte of a document may be another without anybody noticing, so there is no list of exceptions. Payload and protected header are
// signed, certificates stand inside the payload, the unprotected header has to be empty, and heads have one form each. Only
// whole bytes can come in between: the tag of COSE_Sign1, which says what is known anyway.
for (const [path, { time }] of Object.entries(GENUINE)) {
  const what = exhaustive ? 'every bit' : 'a bit of every byte'
  test(`${path}: refused with ${what} turned over, and cut short anywhere`, { skip: absent }, async () => {
    const quote = read(path)
    const now = at(time)
    const codes = new Map<FailureCode, number>()
    const refused = async (altered: Uint8Array, where: string): Promise<void> => {
      const verdict = await judge(altered, now)
      assert.ok(!verdict.accepted, `accepted with ${where}`)
      for (const code of verdict.failures) codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    let flips = 0
    for (let byte = 0; byte < quote.length; byte++) {
      for (const bit of exhaustive ? [0, 1, 2, 3, 4, 5, 6, 7] : [byte % 8]) {
        const altered = quote.slice()
        altered[byte] = (altered[byte] ?? 0) ^ (1 << bit)
        await refused(altered, `bit ${bit} of byte ${byte} turned over`)
        flips++
      }
    }
    for (let length = 0; length < quote.length; length++) {
      await refused(quote.subarray(0, length), `only ${length} bytes`)
    }
    const counts = [...codes].map(([code, count]) => `${code} ${count}`).join(', ')
    console.log(`${path}: ${flips} flips and ${quote.length} truncations refused: ${counts}`)
  })
}

test('revocation lists (of the test vendor, AWS keeps none): refused with a bit turned over, and cut short', async () => {
  const now = 1_790_000_000
  const enclave = nitroEnclave({ now })
  const lists = enclave.crls().map((list) => endorsement('crl', list))
  const families = appraisers(nitroAppraiser(enclave.roots))
  const evidence = { type: 'nitro', quote: enclave.document, binding: null }
  const judged = async (endorsements: readonly Uint8Array[]): Promise<Verdict> =>
    verify(evidence, endorsements, hardwareOnlyPolicy('nitro'), now, mathematics, families)
  assert.deepEqual(failures(await judged(lists)), [])
  for (const [index, list] of lists.entries()) {
    for (let byte = 0; byte < list.length; byte++) {
      const flipped = list.with(byte, (list[byte] ?? 0) ^ (1 << (byte % 8)))
      for (const altered of [flipped, list.subarray(0, byte)]) {
        const verdict = await judged(lists.with(index, altered))
        assert.ok(!verdict.accepted, `list ${index + 1} accepted, altered or cut at byte ${byte}`)
      }
    }
  }
})
