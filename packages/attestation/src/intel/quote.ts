/**
 * ECDSA quotes of Intel SGX and TDX, versions 3, 4 and 5 ("SGX ECDSA QuoteLib Reference" Appendix A; "TDX DCAP Quoting Library
 * API" Appendix A). What the quote says, nothing believed yet.
 */
import { isZero, StructureReader } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import { ENCLAVE_REPORT_SIZE, type EnclaveReport, readEnclaveReport } from './enclave-report.ts'

/** Bytes a quote may have, padding included. Real ones have 4,600 to 8,000. */
const MOST = 65_536
const HEADER_SIZE = 48
const ECDSA_P256_KEY = 2
const TEE_TYPES: ReadonlyMap<number, IntelTee> = new Map([
  [0, 'sgx'],
  [0x81, 'tdx'],
])

/** Kinds of certification data (DCAP Appendix A.4): a PEM chain, and a QE report with certification data of its own. */
const PCK_CHAIN = 5
const QE_REPORT = 6

export type IntelTee = 'sgx' | 'tdx'

/** Which structure the quote's body is. */
export type QuoteBodyKind = 'enclave' | 'td-1.0' | 'td-1.5'

const BODY_SIZE: Readonly<Record<QuoteBodyKind, number>> = {
  enclave: ENCLAVE_REPORT_SIZE,
  'td-1.0': 584,
  'td-1.5': 648,
}
/** Body types of version 5, with the TEE type that goes with each. */
const BODY_TYPES: ReadonlyMap<number, QuoteBodyKind> = new Map([
  [1, 'enclave'],
  [2, 'td-1.0'],
  [3, 'td-1.5'],
])

export interface IntelQuote {
  readonly tee: IntelTee
  /** 16 bytes: who made the quoting enclave */
  readonly qeVendorId: Uint8Array
  readonly bodyKind: QuoteBodyKind
  readonly body: Uint8Array
  /** Header and body: what the attestation key signed. */
  readonly signed: Uint8Array
  /** r‖s */
  readonly signature: Uint8Array
  /** x‖y on P-256 */
  readonly attestationKey: Uint8Array
  readonly qe: QuotingEnclave
}

/** The quoting enclave, and how its own report is certified. */
export interface QuotingEnclave {
  readonly report: EnclaveReport
  /** r‖s by the PCK */
  readonly signature: Uint8Array
  readonly authenticationData: Uint8Array
  /** PEM, leaf first */
  readonly pckChain: Uint8Array
}

/**
 * Reads one quote to its last byte. `structure_malformed`.
 *
 * Padding: guests hand out TDX quotes in a buffer of fixed size, so zeros after the signature data are accepted there, and
 * anything else is refused; an SGX quote ends where its signature data ends.
 */
export function readQuote(given: Uint8Array): IntelQuote {
  try {
    if (given.length > MOST) throw new RangeError('longer than allowed')
    // A copy, of which all parts are views: what was verified cannot change afterwards.
    const bytes = given.slice()
    const from = new StructureReader(bytes)
    const version = from.u16le()
    if (version < 3 || version > 5) throw new RangeError('an unknown version')
    if (from.u16le() !== ECDSA_P256_KEY) throw new RangeError('an attestation key of another kind')
    const tee = TEE_TYPES.get(from.u32le())
    if (tee === undefined || (version === 3 && tee !== 'sgx')) throw new RangeError('another TEE')
    from.take(4)
    const qeVendorId = from.take(16)
    from.take(HEADER_SIZE - from.at)

    const bodyKind = readBodyKind(from, version, tee)
    const body = from.take(BODY_SIZE[bodyKind])
    const signed = bytes.subarray(0, from.at)
    const signatureData = from.take(from.u32le())
    const padding = from.take(from.left)
    if (padding.length > 0 && (tee === 'sgx' || !isZero(padding))) throw new RangeError('bytes after the quote')
    return { tee, qeVendorId, bodyKind, body, signed, ...readSignatureData(signatureData, version) }
  } catch (cause) {
    throw new AttestationError('structure_malformed', 'not an Intel quote of version 3, 4 or 5', { cause })
  }
}

function readBodyKind(from: StructureReader, version: number, tee: IntelTee): QuoteBodyKind {
  if (version < 5) return tee === 'sgx' ? 'enclave' : 'td-1.0'
  const kind = BODY_TYPES.get(from.u16le())
  if (kind === undefined || (kind === 'enclave') !== (tee === 'sgx')) throw new RangeError('another body')
  if (from.u32le() !== BODY_SIZE[kind]) throw new RangeError('a body of another size')
  return kind
}

function readSignatureData(
  bytes: Uint8Array,
  version: number,
): Pick<IntelQuote, 'signature' | 'attestationKey' | 'qe'> {
  const from = new StructureReader(bytes)
  const signature = from.take(64)
  const attestationKey = from.take(64)
  if (version === 3) return { signature, attestationKey, qe: readQuotingEnclave(from) }
  if (from.u16le() !== QE_REPORT) throw new RangeError('certification data of another kind')
  const inner = new StructureReader(from.take(from.u32le()))
  from.end()
  return { signature, attestationKey, qe: readQuotingEnclave(inner) }
}

function readQuotingEnclave(from: StructureReader): QuotingEnclave {
  const report = readEnclaveReport(from.take(ENCLAVE_REPORT_SIZE))
  const signature = from.take(64)
  const authenticationData = from.take(from.u16le())
  if (from.u16le() !== PCK_CHAIN) throw new RangeError('certification data of another kind')
  const pckChain = from.take(from.u32le())
  from.end()
  return { report, signature, authenticationData, pckChain }
}
