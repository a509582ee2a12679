/** Bodies of TDX quotes: TD report of TDX 1.0 (584 bytes) and 1.5 (648), "TDX DCAP Quoting Library API" Appendix A.3. All parts are views. */
import { StructureReader } from '../bytes/index.ts'

export interface TdReport {
  /** 16 security versions when the TD was launched; 1 is the module's major version, 0 its minor one. */
  readonly teeTcbSvn: Uint8Array
  /** 48 bytes each, here and below, where nothing else is said */
  readonly mrSeam: Uint8Array
  readonly mrSignerSeam: Uint8Array
  /** 8 bytes */
  readonly seamAttributes: Uint8Array
  /** 8 bytes */
  readonly tdAttributes: Uint8Array
  /** 8 bytes */
  readonly xfam: Uint8Array
  readonly mrTd: Uint8Array
  readonly mrConfigId: Uint8Array
  readonly mrOwner: Uint8Array
  readonly mrOwnerConfig: Uint8Array
  readonly rtmrs: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  /** 64 bytes */
  readonly reportData: Uint8Array
  /** TDX 1.5: what 1.0 does not have */
  readonly later: { readonly teeTcbSvn2: Uint8Array; readonly mrServiceTd: Uint8Array } | null
}

export function readTdReport(bytes: Uint8Array, version: 'td-1.0' | 'td-1.5'): TdReport {
  const from = new StructureReader(bytes)
  const report = {
    teeTcbSvn: from.take(16),
    mrSeam: from.take(48),
    mrSignerSeam: from.take(48),
    seamAttributes: from.take(8),
    tdAttributes: from.take(8),
    xfam: from.take(8),
    mrTd: from.take(48),
    mrConfigId: from.take(48),
    mrOwner: from.take(48),
    mrOwnerConfig: from.take(48),
    rtmrs: [from.take(48), from.take(48), from.take(48), from.take(48)],
    reportData: from.take(64),
    later: version === 'td-1.5' ? { teeTcbSvn2: from.take(16), mrServiceTd: from.take(48) } : null,
  } as const
  from.end()
  return report
}
