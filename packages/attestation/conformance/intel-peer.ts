/** `@phala/dcap-qvl` as a second opinion: the same evidence, and what it says of it. */
import { type Collateral, QuoteVerifier } from '@phala/dcap-qvl'

type Pieces = Readonly<Record<string, Uint8Array>>

export interface PeerVerdict {
  /** Null where it refuses. */
  readonly status: string | null
  readonly advisories: readonly string[]
  /** Its reason, where it refuses. */
  readonly reason: string
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8')
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')

/** Our labelled pieces in the peer's form. */
export function peerCollateral(pieces: Pieces): Collateral {
  const [tcbInfo, tcbSignature] = taken(text(pieces['tcb-info']), 'tcbInfo')
  const [qeIdentity, qeSignature] = taken(text(pieces['qe-identity']), 'enclaveIdentity')
  return {
    pck_crl_issuer_chain: text(pieces['pck-crl-issuer-chain']),
    root_ca_crl: hex(pieces['root-ca-crl']),
    pck_crl: hex(pieces['pck-crl']),
    tcb_info_issuer_chain: text(pieces['tcb-info-issuer-chain']),
    tcb_info: tcbInfo,
    tcb_info_signature: tcbSignature,
    qe_identity_issuer_chain: text(pieces['qe-identity-issuer-chain']),
    qe_identity: qeIdentity,
    qe_identity_signature: qeSignature,
  }
}

/** Inner text and signature, by position: the peer takes them apart. */
function taken(document: string, member: string): readonly [inner: string, signature: string] {
  const from = `{"${member}":`.length
  const at = document.lastIndexOf(',"signature":"')
  return at < from ? ['', ''] : [document.slice(from, at), document.slice(at + 14, at + 14 + 128)]
}

/** @param root DER; left out, Intel's */
export function askPeer(quote: Uint8Array, pieces: Pieces, now: number, root?: Uint8Array): PeerVerdict {
  const verifier = root ? QuoteVerifier.newWithRootCa(Buffer.from(root)) : QuoteVerifier.newProd()
  try {
    const { status, advisory_ids: advisories } = verifier.verify(quote, peerCollateral(pieces), now)
    return { status, advisories, reason: '' }
  } catch (error) {
    return { status: null, advisories: [], reason: error instanceof Error ? error.message : String(error) }
  }
}
