/** QE identity (PCS API v4, "Get Quoting Enclave Identity"): which enclaves Intel lets make quotes, and how up to date they are. */
import { encodeHex, equalBytes } from '../bytes/index.ts'
import { type Check, check } from '../checks.ts'
import { AttestationError } from '../errors.ts'
import type { EnclaveReport } from './enclave-report.ts'
import { count, hexBytes, instant, list, type Members, object, text } from './members.ts'
import type { IntelTee } from './quote.ts'
import { type Judgement, readJudgement } from './tcb-status.ts'

export interface QeLevel extends Judgement {
  readonly isvSvn: number
}

export interface QeIdentity {
  readonly tee: IntelTee
  /** Seconds since 1970 */
  readonly issuedAt: number
  readonly nextUpdate: number
  readonly evaluationDataNumber: number | null
  /** 4 bytes each */
  readonly miscSelect: Uint8Array
  readonly miscSelectMask: Uint8Array
  /** 16 bytes each */
  readonly attributes: Uint8Array
  readonly attributesMask: Uint8Array
  readonly mrSigner: Uint8Array
  readonly isvProdId: number
  /** Newest first, at least one */
  readonly levels: readonly QeLevel[]
}

/** Reads what stands in `enclaveIdentity`, version 2. `json_malformed`. */
export function readQeIdentity(json: unknown): QeIdentity {
  try {
    return read(object(json))
  } catch (cause) {
    throw new AttestationError('json_malformed', 'not a QE identity of version 2', { cause })
  }
}

function read(identity: Members): QeIdentity {
  if (identity.get('version') !== 2) throw new RangeError('an unknown version')
  const id = text(identity.get('id'))
  if (id !== 'QE' && id !== 'TD_QE') throw new TypeError('of another enclave')
  const number = identity.get('tcbEvaluationDataNumber')
  const levels = list(identity.get('tcbLevels'), 256).map((item) => {
    const level = object(item)
    return { isvSvn: count(object(level.get('tcb')).get('isvsvn'), 0xffff), ...readJudgement(level) }
  })
  if (levels.length === 0) throw new RangeError('no level')
  return {
    tee: id === 'QE' ? 'sgx' : 'tdx',
    issuedAt: instant(identity.get('issueDate')),
    nextUpdate: instant(identity.get('nextUpdate')),
    evaluationDataNumber: number === undefined ? null : count(number, 0xffff_ffff),
    miscSelect: hexBytes(identity.get('miscselect'), 4),
    miscSelectMask: hexBytes(identity.get('miscselectMask'), 4),
    attributes: hexBytes(identity.get('attributes'), 16),
    attributesMask: hexBytes(identity.get('attributesMask'), 16),
    mrSigner: hexBytes(identity.get('mrsigner'), 32),
    isvProdId: count(identity.get('isvprodid'), 0xffff),
    levels,
  }
}

/** The quoting enclave's level: the newest whose version it reaches. */
export function matchQeLevel({ isvSvn }: EnclaveReport, { levels }: QeIdentity): QeLevel | undefined {
  return levels.find((level) => isvSvn >= level.isvSvn)
}

/** Holds the report of the enclave that made the quote against the identity. */
export function qeIdentityChecks(report: EnclaveReport, identity: QeIdentity): readonly Check[] {
  const { miscSelect, miscSelectMask, attributes, attributesMask } = identity
  const level = matchQeLevel(report, identity)
  return [
    check(
      'intel_qe_miscselect',
      equalBytes(masked(report.miscSelect, miscSelectMask), masked(miscSelect, miscSelectMask)),
      `${encodeHex(miscSelect)} under the mask ${encodeHex(miscSelectMask)}`,
      encodeHex(report.miscSelect),
    ),
    check(
      'intel_qe_attributes',
      equalBytes(masked(report.attributes, attributesMask), masked(attributes, attributesMask)),
      `${encodeHex(attributes)} under the mask ${encodeHex(attributesMask)}`,
      encodeHex(report.attributes),
    ),
    check(
      'intel_qe_mrsigner',
      equalBytes(report.mrSigner, identity.mrSigner),
      encodeHex(identity.mrSigner),
      encodeHex(report.mrSigner),
    ),
    check(
      'intel_qe_isvprodid',
      report.isvProdId === identity.isvProdId,
      String(identity.isvProdId),
      String(report.isvProdId),
    ),
    check(
      'intel_qe_level',
      level !== undefined,
      `version ${identity.levels.at(-1)?.isvSvn} or newer`,
      level ? `version ${report.isvSvn}, ${level.status}` : `version ${report.isvSvn}`,
    ),
  ]
}

/** Byte-wise AND. */
export function masked(bytes: Uint8Array, mask: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => byte & (mask[at] ?? 0))
}
