/**
 * The attestation report of AMD SEV-SNP (AMD 56860, SNP firmware ABI, "ATTESTATION_REPORT"), versions 2 to 5: what it says, nothing
 * believed yet. All integers are little-endian.
 */
import { isZero, StructureReader } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import type { SnpCpuid } from './product.ts'

/** Exactly so many bytes: the signature covers only the first 0x2a0, so that a shorter report would still verify. */
export const SNP_REPORT_SIZE = 1184
const SIGNED_SIZE = 0x2a0
const COMPONENT_SIZE = 72
const P384_SIZE = 48

/** Versions whose layout is known here. 3 added the CPUID, 5 the mitigation vectors; the rest is the same. */
const VERSIONS: readonly number[] = [2, 3, 4, 5]

export interface SnpReport {
  readonly version: number
  readonly guestSvn: number
  readonly guestPolicy: bigint
  /** 16 bytes each, of the identity block */
  readonly familyId: Uint8Array
  readonly imageId: Uint8Array
  /** 0 to 3, or 0xffffffff where the host asked for the report and not the guest */
  readonly vmpl: number
  /** 1: ECDSA on P-384 with SHA-384 */
  readonly signatureAlgorithm: number
  readonly platformInfo: bigint
  /** Bit 0: there is an author key; bit 1: the chip id is masked; bits 2 to 4: the endorsement key */
  readonly keyInfo: number
  /** 64 bytes */
  readonly reportData: Uint8Array
  /** 48 bytes */
  readonly measurement: Uint8Array
  /** 32 bytes */
  readonly hostData: Uint8Array
  /** 48 bytes each */
  readonly idKeyDigest: Uint8Array
  readonly authorKeyDigest: Uint8Array
  /** 8 bytes each; the layout is the product's ({@link readSnpTcb}) */
  readonly tcb: {
    readonly current: Uint8Array
    /** The one the endorsement key is derived from. */
    readonly reported: Uint8Array
    readonly committed: Uint8Array
    /** When the guest was launched or imported. */
    readonly launch: Uint8Array
  }
  /** Null in version 2, which has none */
  readonly cpuid: SnpCpuid | null
  /** 64 bytes */
  readonly chipId: Uint8Array
  /** The bytes the firmware signed */
  readonly signed: Uint8Array
  /** r‖s, big-endian as everyone but AMD has them, 96 bytes */
  readonly signature: Uint8Array
  /** Whether every reserved field within the signed bytes is zero. */
  readonly isReservedZero: boolean
  /** Whether everything the signature neither covers nor consists of is zero. */
  readonly isUnsignedZero: boolean
}

/** Strict: `structure_malformed` for another size or a version that is not known. What the fields say is judged elsewhere. */
export function readSnpReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== SNP_REPORT_SIZE) {
    throw new AttestationError('structure_malformed', `a report that has not ${SNP_REPORT_SIZE} bytes`)
  }
  const own = bytes.slice()
  const reader = new StructureReader(own)
  const version = reader.u32le()
  if (!VERSIONS.includes(version)) throw new AttestationError('structure_malformed', 'a report of an unknown version')
  const reserved: Uint8Array[] = []
  const skip = (length: number): void => {
    reserved.push(reader.take(length))
  }

  const guestSvn = reader.u32le()
  const guestPolicy = reader.u64le()
  const familyId = reader.take(16)
  const imageId = reader.take(16)
  const vmpl = reader.u32le()
  const signatureAlgorithm = reader.u32le()
  const current = reader.take(8)
  const platformInfo = reader.u64le()
  const keyInfo = reader.u32le()
  skip(4)
  const reportData = reader.take(64)
  const measurement = reader.take(48)
  const hostData = reader.take(32)
  const idKeyDigest = reader.take(48)
  const authorKeyDigest = reader.take(48)
  // Report id of the guest and of its migration agent: random numbers, nothing to hold them against.
  reader.take(64)
  const reported = reader.take(8)
  const [family, model, stepping] = [reader.u8(), reader.u8(), reader.u8()]
  if (version < 3) reserved.push(Uint8Array.of(family, model, stepping))
  skip(21)
  const chipId = reader.take(64)
  const committed = reader.take(8)
  // Build, minor and major of the current and of the committed firmware; one byte reserved after each.
  for (let build = 0; build < 2; build++) {
    reader.take(3)
    skip(1)
  }
  const launch = reader.take(8)
  // Mitigation vectors at launch and now.
  if (version >= 5) reader.take(16)
  skip(SIGNED_SIZE - reader.at)

  const [r, s] = [reader.take(COMPONENT_SIZE), reader.take(COMPONENT_SIZE)]
  const rest = reader.take(reader.left)
  return {
    version,
    guestSvn,
    guestPolicy,
    familyId,
    imageId,
    vmpl,
    signatureAlgorithm,
    platformInfo,
    keyInfo,
    reportData,
    measurement,
    hostData,
    idKeyDigest,
    authorKeyDigest,
    tcb: { current, reported, committed, launch },
    cpuid: version < 3 ? null : { family, model, stepping },
    chipId,
    signed: own.subarray(0, SIGNED_SIZE),
    signature: bigEndian(r, s),
    isReservedZero: keyInfo < 0x20 && reserved.every(isZero),
    isUnsignedZero: [r.subarray(P384_SIZE), s.subarray(P384_SIZE), rest].every(isZero),
  }
}

function bigEndian(r: Uint8Array, s: Uint8Array): Uint8Array {
  const raw = new Uint8Array(2 * P384_SIZE)
  raw.set(r.subarray(0, P384_SIZE).toReversed())
  raw.set(s.subarray(0, P384_SIZE).toReversed(), P384_SIZE)
  return raw
}
