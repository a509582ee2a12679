/**
 * Collateral as tools leave it, into labelled endorsements: the one JSON file of collateral fetchers, and one file for each
 * piece. Only its form is read here; nothing in it is believed.
 */
import { type Bytes, decodeHex, encodeUtf8 } from '../bytes/index.ts'
import { type EndorsementName, endorsement } from '../endorsements.ts'
import { bytesField, type FieldReader, readFields, textField } from '../fields.ts'
import { readJson } from '../json/read.ts'
import { writeSignedDocument } from './signed-document.ts'

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

/**
 * Collateral as one JSON object (`tcb_info` and `qe_identity` as strings, their signatures and the CRLs in hexadecimal), the
 * form in which DCAP libraries keep it. `json_malformed`, `field_missing`, `field_unknown`, `field_malformed`.
 */
export function collateralFromJson(file: Uint8Array): readonly Bytes[] {
  const fields = readFields('collateral', readJson(file), FIELDS)
  return [
    endorsement('tcb-info', writeSignedDocument('tcbInfo', fields.tcb_info, fields.tcb_info_signature)),
    endorsement('tcb-info-issuer-chain', encodeUtf8(fields.tcb_info_issuer_chain)),
    endorsement(
      'qe-identity',
      writeSignedDocument('enclaveIdentity', fields.qe_identity, fields.qe_identity_signature),
    ),
    endorsement('qe-identity-issuer-chain', encodeUtf8(fields.qe_identity_issuer_chain)),
    endorsement('pck-crl', fields.pck_crl),
    endorsement('pck-crl-issuer-chain', encodeUtf8(fields.pck_crl_issuer_chain)),
    endorsement('root-ca-crl', fields.root_ca_crl),
  ]
}

const signature: FieldReader<string> = (value) => {
  const digits = textField(value)
  if (decodeHex(digits).length !== 64) throw new RangeError('a signature of another length')
  return digits
}

const FIELDS = {
  pck_crl_issuer_chain: textField,
  root_ca_crl: bytesField(decodeHex, 1, 1_048_576),
  pck_crl: bytesField(decodeHex, 1, 1_048_576),
  tcb_info_issuer_chain: textField,
  tcb_info: textField,
  tcb_info_signature: signature,
  qe_identity_issuer_chain: textField,
  qe_identity: textField,
  qe_identity_signature: signature,
} as const
