/** The mutation guarantee for SGX and TDX: quote and every piece of collateral, each bit and each end. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { labelled } from '../src/endorsements.ts'
import { endorsement } from '../src/index.ts'
import type { Mathematics } from '../src/mathematics.ts'
import { absent } from './corpus.ts'
import { type IntelSample, judge, SGX_HARDENING, TDX_UP_TO_DATE } from './intel-samples.ts'
import { describeRun, mutate } from './mutation.ts'

/**
 * What may be altered without a verdict changing, and why. No flipped bit may; these are cuts:
 * - zeros after a TDX quote are its padding (the whole of it, or any part);
 * - the line end after the last line of a PEM chain says nothing.
 */
const PADDING = { 'tdx quote': 70 } as const
const FINAL_LINE_END = ['tcb-info-issuer-chain', 'qe-identity-issuer-chain', 'pck-crl-issuer-chain']

/** Remembers what was verified before: a mutation leaves all signatures but one or two as they are. Pure, so nothing is lost. */
function remembering(over: Mathematics): Mathematics {
  const known = new Map<string, Promise<boolean>>()
  return {
    digest: async (algorithm, bytes) => over.digest(algorithm, bytes),
    verifySignature(scheme, key, message, signature) {
      const hash = createHash('sha256')
      for (const part of [key.bytes, message, signature]) hash.update(`${part.length}:`).update(part)
      const name = `${scheme} ${key.form} ${hash.digest('base64')}`
      const before = known.get(name)
      if (before) return before
      const result = over.verifySignature(scheme, key, message, signature)
      if (known.size < 1000) known.set(name, result)
      return result
    },
  }
}

for (const [type, sample] of [
  ['tdx', TDX_UP_TO_DATE],
  ['sgx', SGX_HARDENING],
] as const) {
  const over = remembering(mathematics)
  test(`${type}: every flip and every cut of the quote is refused`, { skip: absent }, async () => {
    const run = await mutate(sample.quote, (quote) => judge({ ...sample, quote }, over))
    console.log(describeRun(`${type} quote`, run))
    const padding = type === 'tdx' ? PADDING['tdx quote'] : 0
    const allowed = Array.from({ length: padding }, (_, at) => `cut to ${sample.quote.length - padding + at}`)
    assert.deepEqual(
      run.accepted.filter((place) => !allowed.includes(place)),
      [],
    )
  })

  for (const at of sample.endorsements.keys()) {
    const { name = '', bytes = new Uint8Array(0) } = labelled(sample.endorsements[at] ?? new Uint8Array(0)) ?? {}
    test(`${type}: every flip and every cut of ${name} is refused`, { skip: absent }, async () => {
      const run = await mutate(bytes, (altered) => judge(withEndorsement(sample, at, altered), over))
      console.log(describeRun(`${type} ${name}`, run))
      // The quote is as it was: this code would mean that some path threw instead of telling what is wrong.
      assert.equal(run.codes.get('evidence_malformed'), undefined)
      const allowed = FINAL_LINE_END.includes(name) ? [`cut to ${bytes.length - 1}`] : []
      assert.deepEqual(
        run.accepted.filter((place) => !allowed.includes(place)),
        [],
      )
    })
  }
}

function withEndorsement(sample: IntelSample, at: number, bytes: Uint8Array): IntelSample {
  const { endorsements } = sample
  const name = labelled(endorsements[at] ?? new Uint8Array(0))?.name
  assert.ok(name)
  return { ...sample, endorsements: endorsements.with(at, endorsement(name, bytes)) }
}
