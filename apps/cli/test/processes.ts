/** Processes as the kernel sees them; Linux. */
import { readFileSync } from 'node:fs'

/** Process ids of the children of `pid`, theirs included. */
export function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean)
  return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)])
}

/** Whether nothing runs under `pid` any more. */
export function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}

/** Resolves when `condition` holds; rejects after `seconds`. */
export async function eventually(what: string, condition: () => boolean, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
