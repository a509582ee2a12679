import { isZero, StructureReader } from '../bytes/index.ts'

export const ENCLAVE_REPORT_SIZE = 384

/** Report body of an SGX enclave (Intel SDM volume 3D, "REPORT"; DCAP Appendix A.4). All parts are views. */
export interface EnclaveReport {
  readonly bytes: Uint8Array
  /** 4 bytes */
  readonly miscSelect: Uint8Array
  /** 8 bytes of flags, 8 of XFRM */
  readonly attributes: Uint8Array
  readonly mrEnclave: Uint8Array
  readonly mrSigner: Uint8Array
  /** 64 bytes */
  readonly configId: Uint8Array
  readonly isvProdId: number
  readonly isvSvn: number
  /** 64 bytes */
  readonly reportData: Uint8Array
  /** Whether every byte the format reserves is zero. */
  readonly isReservedZero: boolean
}

export function readEnclaveReport(bytes: Uint8Array): EnclaveReport {
  const from = new StructureReader(bytes)
  from.take(16) // CPUSVN: the platform is judged by what the PCK certificate says
  const miscSelect = from.take(4)
  const reserved1 = from.take(12)
  from.take(16) // ISVEXTPRODID
  const attributes = from.take(16)
  const mrEnclave = from.take(32)
  const reserved2 = from.take(32)
  const mrSigner = from.take(32)
  const reserved3 = from.take(32)
  const configId = from.take(64)
  const isvProdId = from.u16le()
  const isvSvn = from.u16le()
  from.take(2) // CONFIGSVN
  const reserved4 = from.take(42)
  from.take(16) // ISVFAMILYID
  const reportData = from.take(64)
  from.end()
  return {
    bytes,
    miscSelect,
    attributes,
    mrEnclave,
    mrSigner,
    configId,
    isvProdId,
    isvSvn,
    reportData,
    isReservedZero: [reserved1, reserved2, reserved3, reserved4].every(isZero),
  }
}
