import type { Appraisal, Appraiser } from '../appraiser.ts'
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import { type FamilyPolicy, isMeasurements, isPlatforms } from '../measurements.ts'
import { form, isSkip, type Skip, skip } from '../skip.ts'
import { parseSimulatorQuote, SIMULATOR_TYPE, type SimulatorStatement, simulatorSigningInput } from './statement.ts'

/** What is asked of a simulator: the releases accepted, 32-byte digests, or why any will do. */
export function simulatorPolicy(releases: readonly Uint8Array[] | Skip): FamilyPolicy<'release'> {
  return {
    measurements: isSkip(releases) ? releases : releases.map((release) => ({ registers: { release } })),
    platforms: skip('a simulator runs on any machine'),
  }
}

/**
 * Reads simulator evidence, which proves nothing about hardware: anyone can make a development root. It has to be
 * handed to `verify` in so many words; production code that does not import this module cannot accept a simulator.
 *
 * @param root the one development root to believe, 32 bytes, or the reason why any will do
 */
export function simulatorAppraiser({ root }: { readonly root: Uint8Array | Skip }): Appraiser<'simulator'> {
  return {
    type: SIMULATOR_TYPE,
    indispensable: ['evidence_form'],
    isPolicy: form.record({ measurements: isMeasurements({ release: 32 }, ['release']), platforms: isPlatforms }),
    async appraise(evidence, endorsements, { mathematics }): Promise<Appraisal> {
      const parsed = parse(evidence.quote)
      const checks: Check[] = [
        check('evidence_form', parsed !== null, 'a simulator quote', parsed ? 'one' : 'another thing'),
      ]

      const key = endorsements.length === 1 && endorsements[0]?.length === 32 ? endorsements[0] : null
      checks.push(
        check('endorsements', key !== null, 'one development root of 32 bytes', key ? 'one' : 'something else'),
      )
      if (!parsed || !key) return { checks, claims: null, terms: [] }

      if (isSkip(root)) checks.push({ name: 'root', outcome: 'skipped', reason: root.skip })
      else checks.push(check('root', equalBytes(root, key), encodeHex(root), encodeHex(key)))

      const { statement, signature } = parsed
      const message = simulatorSigningInput(statement)
      const signed = await mathematics
        .verifySignature('ed25519', { form: 'raw', bytes: key }, message, signature)
        .catch(() => false)
      checks.push(check('signature', signed, 'by the development root', signed ? 'by it' : 'not by it'))

      const { measurement, reportData, debug, issuedAt } = statement
      const release = evidence.binding?.release
      if (release) {
        const isRelease = equalBytes(measurement, release)
        checks.push(check('measurement_is_release', isRelease, encodeHex(release), encodeHex(measurement)))
      }
      return {
        checks,
        terms: [],
        claims: {
          measurements: { release: measurement },
          reportData,
          nonce: null,
          debug,
          issuedAt,
          platform: null,
          tcb: null,
          details: { family: SIMULATOR_TYPE },
        },
      }
    },
  }
}

function parse(quote: Uint8Array): { statement: SimulatorStatement; signature: Uint8Array } | null {
  try {
    return parseSimulatorQuote(quote)
  } catch {
    return null
  }
}
