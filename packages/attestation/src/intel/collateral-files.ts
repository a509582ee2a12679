/** Collateral with one file for each piece, into labelled endorsements. Only its form is read here; nothing in it is believed. */
import type { Bytes } from '../bytes/index.ts'
import { type EndorsementName, endorsement } from '../endorsements.ts'

/** Names pieces of collateral have as files, with what each is. */
export const COLLATERAL_FILES: ReadonlyMap<string, EndorsementName> = new Map([
  ['tcbInfo.json', 'tcb-info'],
  ['tcbInfoIssuerChain.pem', 'tcb-info-issuer-chain'],
  ['qeIdentity.json', 'qe-identity'],
  ['qeIdentityIssuerChain.pem', 'qe-identity-issuer-chain'],
  ['pckCrl.der', 'pck-crl'],
  ['pckCrlIssuerChain.pem', 'pck-crl-issuer-chain'],
  ['rootCaCrl.der', 'root-ca-crl'],
])

/** Collateral as separate files, each as served: endorsements in the order of {@link COLLATERAL_FILES}, other files left out. */
export function collateralFromFiles(files: ReadonlyMap<string, Uint8Array>): readonly Bytes[] {
  return [...COLLATERAL_FILES].flatMap(([name, kind]) => {
    const bytes = files.get(name)
    return bytes ? [endorsement(kind, bytes)] : []
  })
}
