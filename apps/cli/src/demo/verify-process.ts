/** Verification as a stranger would do it: another process, which gets nothing but the file. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const CLI = join(import.meta.dirname, '../main.ts')

export interface Verification {
  readonly exitCode: number
  readonly lines: readonly string[]
}

/** @param coloured whether its lines end up on a terminal: the process itself writes into a pipe */
export function verifyInProcess(file: string, release: string, coloured: boolean): Verification {
  const run = spawnSync(
    process.execPath,
    [CLI, 'certificate', 'verify', file, '--allow-simulator', '--measurement', release],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], ...(coloured ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) } },
  )
  return { exitCode: run.status ?? 1, lines: `${run.stdout}${run.stderr}`.trimEnd().split('\n') }
}
