/** Verification as a stranger would do it: another process, which gets nothing but the file. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const CLI = join(import.meta.dirname, '../main.ts')

export interface Verification {
  readonly exitCode: number
  readonly lines: readonly string[]
}

/** @param display of the terminal its lines end up on: the process itself writes into a pipe */
export function verifyInProcess(
  file: string,
  release: string,
  display: { readonly columns: number; readonly coloured: boolean },
): Verification {
  const colour = display.coloured ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }
  const run = spawnSync(
    process.execPath,
    [CLI, 'certificate', 'verify', file, '--allow-simulator', '--measurement', release],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], COLUMNS: String(display.columns), ...colour } },
  )
  return { exitCode: run.status ?? 1, lines: `${run.stdout}${run.stderr}`.trimEnd().split('\n') }
}
