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

/** So that a wait ends; nobody's speed is measured by it, and a busy machine has been ten times as slow as an idle one. */
const SECONDS = 180

/** Resolves when `condition` holds; rejects when that never comes. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + SECONDS * 1000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${SECONDS} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
