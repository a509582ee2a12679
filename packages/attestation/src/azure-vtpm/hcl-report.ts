/**
 * What Microsoft's paravisor leaves in NV index 0x01400001 of the vTPM (OpenHCL, `openhcl_attestation_protocol`, "igvm_attest"): a
 * header, the hardware's report, and claims of the VM's own, whose hash the hardware's report carries. Integers are little-endian.
 */
import { isZero, StructureReader } from '../bytes/index.ts'
import { AttestationError } from '../errors.ts'
import type { DigestAlgorithm } from '../mathematics.ts'

/** `HCLA` */
const SIGNATURE = 0x414c_4348
/** 1 is of the first paravisor, 2 of OpenHCL; all fields are the same. */
const HEADER_VERSIONS: readonly number[] = [1, 2]
/** The request an attestation key's certificate is asked for with: the form in which the report is left for the guest. */
const AK_CERTIFICATE_REQUEST = 2
const REPORT_SIZE = 1184
const CLAIMS_VERSION = 1
const CLAIMS_HEADER_SIZE = 20

const HARDWARE: Readonly<Record<number, 'snp' | 'tdx'>> = { 2: 'snp', 4: 'tdx' }
const HASHES: Readonly<Record<number, DigestAlgorithm>> = { 1: 'sha256', 2: 'sha384', 3: 'sha512' }

/** A TDREPORT_STRUCT (Intel TDX module ABI): 1024 bytes, the report data at 128. */
const TD_REPORT_SIZE = 1024
const TD_REPORT_DATA = 128

export interface HclReport {
  readonly hardware: 'snp' | 'tdx'
  /** On SNP the report; on TDX a TDREPORT, which only its own machine can check and of which nothing here is believed. */
  readonly hardwareReport: Uint8Array
  readonly hash: DigestAlgorithm
  /** JSON, exactly as hashed */
  readonly claims: Uint8Array
}

/**
 * Strict: every field that no signature covers has its one value, and what follows the claims, up to the size of the NV index, is
 * zero. `structure_malformed`.
 */
export function readHclReport(bytes: Uint8Array): HclReport {
  try {
    const reader = new StructureReader(bytes)
    expect(reader.u32le() === SIGNATURE && HEADER_VERSIONS.includes(reader.u32le()), 'another header')
    const size = reader.u32le()
    expect(reader.u32le() === AK_CERTIFICATE_REQUEST && isZero(reader.take(16)), 'another request')
    const report = reader.take(REPORT_SIZE)
    const claimsStart = reader.at
    const claimsSize = reader.u32le()
    expect(reader.u32le() === CLAIMS_VERSION, 'another version of claims')
    const hardware = HARDWARE[reader.u32le()]
    const hash = HASHES[reader.u32le()]
    const length = reader.u32le()
    expect(claimsSize === CLAIMS_HEADER_SIZE + length && size === claimsStart + claimsSize, 'sizes that disagree')
    const claims = reader.take(length)
    expect(isZero(reader.take(reader.left)), 'bytes after the claims')
    if (!hardware || !hash) throw new TypeError('unknown hardware or hash')
    expect(hardware === 'snp' || isZero(report.subarray(TD_REPORT_SIZE)), 'bytes after the TDREPORT')
    return { hardware, hardwareReport: report, hash, claims }
  } catch (cause) {
    throw new AttestationError('structure_malformed', 'not an HCL report', { cause })
  }
}

/** Report data of the TDREPORT, 64 bytes, to see that the quote is of it. */
export function tdReportData({ hardwareReport }: HclReport): Uint8Array {
  return hardwareReport.subarray(TD_REPORT_DATA, TD_REPORT_DATA + 64)
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new TypeError(otherwise)
}
