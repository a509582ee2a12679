/**
 * How report data gets into a report of the hardware on Azure: the guest writes it into one NV index of the vTPM, and Microsoft's
 * paravisor (OpenHCL, `vm/devices/tpm`) puts it into the claims whose hash the hardware signs, when the other index is next read.
 */
import { createHash } from 'node:crypto'
import { type HclReport, readHclReport, readRuntimeClaims, tdReportData } from '@perf-aggregator/attestation/azure-vtpm'
import { equalBytes } from '@perf-aggregator/attestation/bytes'
import { EnclaveError } from '../../errors.ts'
import type { Machine } from '../machine.ts'
import { defineIndex, findIndex, type NvIndex, readIndex, writeIndex } from './nv-index.ts'
import type { Tpm } from './tpm.ts'

/** Where the paravisor leaves its report, and where it looks for the guest's 64 bytes. */
export const REPORT_INDEX = 0x0140_0001
const USER_DATA_INDEX = 0x0140_0002
const USER_DATA_SIZE = 64

/**
 * The paravisor makes a report when the index is read from its start, but not within two seconds of the last: until then the old
 * one is read, over what was written before it.
 */
const PAUSE = 2100
const ATTEMPTS = 4

/** Report data of an SNP report, bytes (AMD 56860, "ATTESTATION_REPORT") */
const SNP_REPORT_DATA = { from: 0x50, to: 0x90 } as const

export interface FreshReport extends HclReport {
  /** The NV index, as read */
  readonly bytes: Uint8Array
}

/** The paravisor's report over `userData`, 64 bytes. `tee_unavailable` when it makes none, or others keep writing theirs. */
export async function freshReport(tpm: Tpm, userData: Uint8Array, pause: Machine['pause']): Promise<FreshReport> {
  const input = await userDataIndex(tpm)
  const output = await findIndex(tpm, REPORT_INDEX)
  if (!output) throw new EnclaveError('tee_unavailable', 'the TPM has no report of a paravisor: this is no such VM')
  await writeIndex(tpm, input, userData)
  for (let attempt = 1; ; attempt++) {
    const bytes = await readIndex(tpm, output)
    const read = readReport(bytes, userData)
    if (typeof read !== 'string') return { ...read, bytes }
    if (attempt === ATTEMPTS) throw new EnclaveError('tee_unavailable', `the paravisor's report ${read}`)
    await pause(PAUSE)
    // Anything else in this VM may have written in between.
    if (!equalBytes(await readIndex(tpm, input), userData)) await writeIndex(tpm, input, userData)
  }
}

async function userDataIndex(tpm: Tpm): Promise<NvIndex> {
  const before = await findIndex(tpm, USER_DATA_INDEX)
  if (!before) await defineIndex(tpm, USER_DATA_INDEX, USER_DATA_SIZE)
  const input = before ?? (await findIndex(tpm, USER_DATA_INDEX))
  if (input?.size === USER_DATA_SIZE) return input
  throw new EnclaveError('tee_unavailable', 'the NV index of user data is not one of 64 bytes')
}

/** The report, or what keeps it from being one over `userData`. Read in parts while it changes, it may be torn. */
function readReport(bytes: Uint8Array, userData: Uint8Array): HclReport | string {
  try {
    const report = readHclReport(bytes)
    const { userData: shown } = readRuntimeClaims(report.claims)
    if (!equalBytes(signedData(report), hashOf(report))) return 'is not of the claims beside it'
    return shown && equalBytes(shown, userData) ? report : 'is over other user data'
  } catch {
    return 'cannot be read'
  }
}

function signedData(report: HclReport): Uint8Array {
  return report.hardware === 'tdx'
    ? tdReportData(report)
    : report.hardwareReport.subarray(SNP_REPORT_DATA.from, SNP_REPORT_DATA.to)
}

function hashOf({ hash, claims }: HclReport): Uint8Array {
  const padded = new Uint8Array(USER_DATA_SIZE)
  padded.set(createHash(hash).update(claims).digest())
  return padded
}
