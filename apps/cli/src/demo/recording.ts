/** What a file of recorded trades holds, counted by the demo itself, apart from venue and enclave. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { UsageError } from '../settings/usage-error.ts'

export interface Recording {
  readonly trades: number
  /** Trades that share their millisecond with at least one other. */
  readonly sharing: number
  /** The most trades in one millisecond. */
  readonly most: number
}

/** `[ms, id, …]` rows, `.json` or `.json.gz`. Throws `UsageError`. */
export function checkRecording(path: string): Recording {
  let rows: unknown
  try {
    const bytes = readFileSync(path)
    rows = JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'))
  } catch {
    throw new UsageError(
      `${path} cannot be read as JSON: --trades takes a file of [ms, id, null, side, price, amount, cost] rows`,
    )
  }
  if (!Array.isArray(rows) || !rows.every((row) => Array.isArray(row))) {
    throw new UsageError(
      `${path} holds no list of trades: --trades takes [ms, id, null, side, price, amount, cost] rows`,
    )
  }
  const perMillisecond = new Map<unknown, number>()
  for (const [millisecond] of rows as unknown[][]) {
    perMillisecond.set(millisecond, (perMillisecond.get(millisecond) ?? 0) + 1)
  }
  const counts = [...perMillisecond.values()]
  return {
    trades: rows.length,
    sharing: counts.filter((count) => count > 1).reduce((total, count) => total + count, 0),
    most: Math.max(0, ...counts),
  }
}
