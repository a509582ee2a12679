/** Verification as a stranger would do it: another process, which gets nothing but the file. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const CLI = join(import.meta.dirname, '../main.ts')

export interface Verification {
  readonly exitCode: number
  readonly lines: readonly string[]
}

export function verifyInProcess(file: string, release: string): Verification {
  const run = spawnSync(
    process.execPath,
    [CLI, 'certificate', 'verify', file, '--allow-simulator', '--measurement', release],
    { encoding: 'utf8' },
  )
  return { exitCode: run.status ?? 1, lines: `${run.stdout}${run.stderr}`.trimEnd().split('\n') }
}
