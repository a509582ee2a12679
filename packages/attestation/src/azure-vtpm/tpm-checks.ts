/** Whether the attestation key signed the quote, and whether the quote is of the PCRs shown and of this binding. */
import type { AppraisalContext } from '../appraiser.ts'
import { concat, encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Mathematics } from '../mathematics.ts'
import { isSkip } from '../skip.ts'
import type { AzureVtpmEvidence } from './evidence-form.ts'
import type { RuntimeClaims } from './runtime-claims.ts'
import type { TpmQuote } from './tpm-quote.ts'

export async function tpmChecks(
  evidence: AzureVtpmEvidence | null,
  quote: TpmQuote | null,
  runtime: RuntimeClaims | null,
  { policy, mathematics }: AppraisalContext<'azure-vtpm'>,
): Promise<readonly Check[]> {
  const [isSigned, pcrDigest, userDigest] = await Promise.all([
    evidence !== null && runtime !== null && isSignedBy(runtime, evidence, mathematics),
    evidence && sha256(concat(...evidence.pcrs), mathematics),
    runtime?.userData ? sha256(runtime.userData, mathematics) : null,
  ])
  const isCounted = evidence?.pcrs.length === quote?.selected.length
  return [
    check('tpm_signature', isSigned, 'by the attestation key', isSigned ? 'by it' : 'not by it'),
    check(
      'tpm_pcr_digest',
      isCounted && isEqual(pcrDigest, quote?.pcrDigest),
      'digest of the PCRs shown, all that were selected',
      quote ? `${encodeHex(quote.pcrDigest)}, of ${quote.selected.length}` : 'no quote',
    ),
    extraDataCheck(quote, userDigest, policy.binding),
  ]
}

/**
 * An attestation key outlives a reboot: without this, a quote of a good system would vouch for keys that a bad one, booted later in
 * the same VM, had the hardware sign.
 */
function extraDataCheck(
  quote: TpmQuote | null,
  userDigest: Uint8Array | null,
  binding: AppraisalContext<'azure-vtpm'>['policy']['binding'],
): Check {
  if (isSkip(binding)) return { name: 'tpm_extra_data', outcome: 'skipped', reason: binding.skip }
  return check(
    'tpm_extra_data',
    isEqual(userDigest, quote?.extraData),
    userDigest ? `SHA-256 of the user data, ${encodeHex(userDigest)}` : 'SHA-256 of user data, of which there is none',
    quote ? encodeHex(quote.extraData) : 'no quote',
  )
}

async function isSignedBy(
  { attestationKey }: RuntimeClaims,
  { message, signature }: AzureVtpmEvidence,
  mathematics: Mathematics,
): Promise<boolean> {
  try {
    const key = { form: 'spki', bytes: attestationKey } as const
    return await mathematics.verifySignature('rsa-pkcs1-sha256', key, message, signature)
  } catch {
    return false
  }
}

async function sha256(bytes: Uint8Array, mathematics: Mathematics): Promise<Uint8Array | null> {
  try {
    return await mathematics.digest('sha256', bytes)
  } catch {
    return null
  }
}

function isEqual(left: Uint8Array | null, right: Uint8Array | undefined): boolean {
  return left !== null && right !== undefined && equalBytes(left, right)
}
