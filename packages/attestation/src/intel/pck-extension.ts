import { boolean, type DerValue, expectTag, octets, oid, readDer, sequence, smallInteger, TAG } from '../der/index.ts'
import { AttestationError } from '../errors.ts'

/** Intel's extension of PCK certificates ("PCK Certificate and CRL Profile" section 1.3.5). */
export const PCK_EXTENSION = '1.2.840.113741.1.13.1'

const PART = {
  ppid: `${PCK_EXTENSION}.1`,
  tcb: `${PCK_EXTENSION}.2`,
  pceId: `${PCK_EXTENSION}.3`,
  fmspc: `${PCK_EXTENSION}.4`,
  sgxType: `${PCK_EXTENSION}.5`,
  platformInstanceId: `${PCK_EXTENSION}.6`,
  configuration: `${PCK_EXTENSION}.7`,
} as const

const NAMES: ReadonlySet<string> = new Set(Object.values(PART))

export const COMPONENTS = 16

/** What Intel certifies about a platform: who it is and how up to date the parts below its enclaves are. */
export interface PckExtension {
  /** 16 bytes: the machine */
  readonly ppid: Uint8Array
  /** 2 bytes */
  readonly pceId: Uint8Array
  /** 6 bytes: the family, model and stepping, as TCB info is about one */
  readonly fmspc: Uint8Array
  /** 16 security versions */
  readonly components: readonly number[]
  readonly pceSvn: number
}

/** Reads the bytes inside `extnValue`. `der_malformed` or `structure_malformed`. */
export function readPckExtension(bytes: Uint8Array): PckExtension {
  const parts = named(readDer(bytes))
  const unknown = [...parts.keys()].some((name) => !NAMES.has(name))
  if (unknown) throw malformed()
  const sgxType = expectTag(parts.get(PART.sgxType), TAG.enumerated).content
  if (sgxType.length !== 1 || (sgxType[0] ?? 0) > 2) throw malformed()
  // Of multi-socket platforms only: read for their form, no policy asks for them.
  if (parts.has(PART.platformInstanceId)) sized(parts.get(PART.platformInstanceId), 16)
  if (parts.has(PART.configuration)) for (const flag of named(parts.get(PART.configuration)).values()) boolean(flag)
  return {
    ppid: sized(parts.get(PART.ppid), 16),
    pceId: sized(parts.get(PART.pceId), 2),
    fmspc: sized(parts.get(PART.fmspc), 6),
    ...readTcb(parts.get(PART.tcb)),
  }
}

function readTcb(value: DerValue | undefined): Pick<PckExtension, 'components' | 'pceSvn'> {
  const parts = named(value)
  if (parts.size !== COMPONENTS + 2) throw malformed()
  const components = Array.from({ length: COMPONENTS }, (_, index) =>
    smallInteger(parts.get(`${PART.tcb}.${index + 1}`), 255),
  )
  const pceSvn = smallInteger(parts.get(`${PART.tcb}.${COMPONENTS + 1}`), 0xffff)
  sized(parts.get(`${PART.tcb}.${COMPONENTS + 2}`), 16) // CPUSVN, which the components spell out
  return { components, pceSvn }
}

/** A SEQUENCE OF SEQUENCE { name, value }, each name once. */
function named(value: DerValue | undefined): ReadonlyMap<string, DerValue> {
  const parts = new Map<string, DerValue>()
  for (const item of sequence(value)) {
    const [name, content, ...rest] = sequence(item)
    if (content === undefined || rest.length > 0 || parts.has(oid(name))) throw malformed()
    parts.set(oid(name), content)
  }
  return parts
}

function sized(value: DerValue | undefined, size: number): Uint8Array {
  const bytes = octets(value)
  if (bytes.length !== size) throw malformed()
  return bytes
}

function malformed(): AttestationError {
  return new AttestationError('structure_malformed', 'a PCK extension of another form')
}
