/**
 * One report through configfs-tsm (Linux 6.7 and later; `Documentation/ABI/testing/configfs-tsm-report`): a directory of one's own, the
 * report data into `inblob`, the report out of `outblob`, and the counter `generation` to know that nobody came in between.
 */
import { join } from 'node:path'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'
import { isAbsent, type KernelFiles } from '../machine.ts'

const TSM_REPORTS = '/sys/kernel/config/tsm/report'

/** Names the kernel gives the two providers whose reports are read here. */
export type TsmProvider = 'sev_guest' | 'tdx_guest'

export interface TsmReport {
  readonly provider: TsmProvider
  readonly outblob: Uint8Array
  /** Certificates the host hands along with an SNP report; empty where it hands none, and with TDX. */
  readonly auxblob: Uint8Array
}

/** A directory nobody else writes to is disturbed by nothing but the firmware being busy. */
const ATTEMPTS = 5

/**
 * Rejects `tee_unavailable`: no provider, one of another kind, or one that was busy or disturbed every time.
 *
 * @param reportData 64 bytes
 */
export async function readTsmReport(
  reportData: Uint8Array,
  wanted: TsmProvider,
  { files, random }: { readonly files: KernelFiles; readonly random: Random },
): Promise<TsmReport> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const report = await inDirectory(files, random, (directory) => attemptReport(directory, reportData, wanted, files))
    if (report) return report
  }
  throw new EnclaveError('tee_unavailable', `configfs-tsm: ${ATTEMPTS} times busy or disturbed`)
}

/** The provider there is, whichever; null where there is none. `tee_unavailable` for one that cannot be used, or that nobody here knows. */
export async function findTsmProvider(files: KernelFiles, random: Random): Promise<TsmProvider | null> {
  let found: TsmProvider | null
  try {
    found = await inDirectory(files, random, (directory) => readProvider(files, directory))
  } catch (error) {
    if (isAbsent(error)) return null
    throw new EnclaveError('tee_unavailable', `${TSM_REPORTS} is there and cannot be used: it takes root`, {
      cause: error,
    })
  }
  if (found !== null) return found
  throw new EnclaveError('tee_unavailable', 'configfs-tsm: a provider this build does not know')
}

async function inDirectory<Result>(
  files: KernelFiles,
  random: Random,
  use: (directory: string) => Promise<Result>,
): Promise<Result> {
  const name = `perf-aggregator-${Buffer.from(random.bytes(8)).toString('hex')}`
  const directory = join(TSM_REPORTS, name)
  try {
    await files.makeDirectory(directory)
  } catch (cause) {
    throw new EnclaveError('tee_unavailable', 'configfs-tsm: there is no provider of reports', { cause })
  }
  try {
    return await use(directory)
  } finally {
    await files.removeDirectory(directory)
  }
}

/** Null when the firmware was busy or somebody else asked through the same directory. */
async function attemptReport(
  directory: string,
  reportData: Uint8Array,
  wanted: TsmProvider,
  files: KernelFiles,
): Promise<TsmReport | null> {
  const provider = await readProvider(files, directory)
  if (provider !== wanted) throw new EnclaveError('tee_unavailable', `configfs-tsm: the provider is not ${wanted}`)
  try {
    const before = await readGeneration(files, directory)
    await files.write(join(directory, 'inblob'), reportData)
    const outblob = await files.read(join(directory, 'outblob'))
    const auxblob = provider === 'sev_guest' ? await files.read(join(directory, 'auxblob')) : new Uint8Array(0)
    // One write, one step: with any other number, what was read may be over somebody else's data.
    return (await readGeneration(files, directory)) === before + 1 ? { provider, outblob, auxblob } : null
  } catch (cause) {
    if (isBusy(cause)) return null
    throw new EnclaveError('tee_unavailable', 'configfs-tsm: the provider made no report', { cause })
  }
}

async function readProvider(files: KernelFiles, directory: string): Promise<TsmProvider | null> {
  const name = Buffer.from(await files.read(join(directory, 'provider')))
    .toString('latin1')
    .trimEnd()
  return name === 'sev_guest' || name === 'tdx_guest' ? name : null
}

async function readGeneration(files: KernelFiles, directory: string): Promise<number> {
  const text = Buffer.from(await files.read(join(directory, 'generation')))
    .toString('latin1')
    .trimEnd()
  if (!/^\d{1,15}$/.test(text))
    throw new EnclaveError('tee_unavailable', 'configfs-tsm: a generation that is no number')
  return Number(text)
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EBUSY' || error.code === 'EAGAIN')
}
