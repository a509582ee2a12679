/** The certificate Intel signs TCB info and QE identities with. */
import { equalBytes } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import type { Term } from '../validity.ts'
import { appraiseChain, appraiseRevocation } from '../x509/index.ts'
import { type IntelTrust, readChain, readName } from './pck.ts'
import type { SignedDocument } from './signed-document.ts'

export interface SignerAppraisal {
  readonly checks: readonly Check[]
  readonly terms: readonly Term[]
  /** SubjectPublicKeyInfo; null where there is no chain to be read. */
  readonly spki: Uint8Array | null
}

const NAME = 'Intel SGX TCB Signing'

/**
 * Appraises the issuer chains of TCB info and QE identity, once where both are the same, as they are for as long as Intel has
 * one signing certificate at a time.
 */
export async function appraiseSigners(
  tcbInfoChain: Uint8Array | null,
  qeIdentityChain: Uint8Array | null,
  rootCrl: Uint8Array | null,
  trust: IntelTrust,
): Promise<{
  readonly tcbInfo: SignerAppraisal
  readonly qeIdentity: SignerAppraisal
  readonly all: readonly SignerAppraisal[]
}> {
  const isOne = tcbInfoChain !== null && qeIdentityChain !== null && equalBytes(tcbInfoChain, qeIdentityChain)
  if (isOne) {
    const signer = await appraiseSigner('TCB signing chain', tcbInfoChain, rootCrl, trust)
    return { tcbInfo: signer, qeIdentity: signer, all: [signer] }
  }
  const [tcbInfo, qeIdentity] = await Promise.all([
    appraiseSigner('TCB info issuer chain', tcbInfoChain, rootCrl, trust),
    appraiseSigner('QE identity issuer chain', qeIdentityChain, rootCrl, trust),
  ])
  return { tcbInfo, qeIdentity, all: [tcbInfo, qeIdentity] }
}

async function appraiseSigner(
  what: string,
  pem: Uint8Array | null,
  rootCrl: Uint8Array | null,
  trust: IntelTrust,
): Promise<SignerAppraisal> {
  const chain = await appraiseChain(pem ? readChain(pem) : [], { what, length: 2, ...trust })
  const { certificates } = chain
  const leaf = certificates?.[0]
  if (!certificates || !leaf) return { ...chain, spki: null }
  const lists = rootCrl ? [rootCrl] : []
  const revocation = await appraiseRevocation(certificates, lists, { what, ...trust, covered: () => true })
  const isNamed = readName(leaf) === NAME
  return {
    checks: [
      ...chain.checks,
      check('intel_tcb_signer', isNamed, `${what}: ${NAME}`, isNamed ? 'so' : 'another name'),
      ...revocation.checks,
    ],
    terms: [...chain.terms, ...revocation.terms],
    spki: leaf.key.spki,
  }
}

export async function isSignedDocument(
  { signed, signature }: SignedDocument,
  { spki }: SignerAppraisal,
  { mathematics }: IntelTrust,
): Promise<boolean> {
  if (spki === null) return false
  try {
    return await mathematics.verifySignature('ecdsa-p256-sha256', { form: 'spki', bytes: spki }, signed, signature)
  } catch {
    return false
  }
}
