/**
 * What keeps the child's memory to itself. Each measure is a thing the process can check about itself at its start; what
 * could not be had is reported, never assumed.
 */
import { EnclaveError } from '../errors.ts'

/** Start flags of the child. `--expose-gc`: a released key is collected at once, not some day. */
export const CHILD_FLAGS: readonly string[] = ['--disable-sigusr1', '--expose-gc']

/**
 * The child's whole environment. glibc otherwise keeps freed blocks as they were, request heads with API keys included:
 * without its per-thread cache and with `perturb` every freed block is overwritten.
 */
export const CHILD_ENVIRONMENT: Readonly<Record<string, string>> = {
  GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0:glibc.malloc.perturb=165',
}

/** Options that write memory to disk, open it to a debugger, or run code before ours, by Node's names for them. */
const FORBIDDEN: ReadonlySet<string> = new Set(
  [
    'inspect inspect-brk inspect-brk-node inspect-wait',
    'heapsnapshot-signal heapsnapshot-near-heap-limit heap-prof cpu-prof',
    'report-on-fatalerror report-on-signal report-uncaught-exception abort-on-uncaught-exception',
    'r require import loader experimental-loader',
  ].flatMap((names) => names.split(' ')),
)

/** Throws `configuration` when this process was started with such an option. Names alone count: Node's test runner states defaults. */
export function refuseDebugging(flags: readonly string[], nodeOptions: string | undefined): void {
  for (const flag of [...flags, ...(nodeOptions ?? '').split(/\s+/)]) {
    const [, name = '', value] = /^"?--?([^="]+)"?(?:=(.*))?$/.exec(flag) ?? []
    // Node takes underscores for hyphens; a limit of 0 snapshots is none.
    if (FORBIDDEN.has(name.replaceAll('_', '-')) && value !== '0') {
      throw new EnclaveError('configuration', 'the collector does not start with debugging, dump or preload flags')
    }
  }
}

/** How much of the hardening holds in this process. */
export interface HardeningStatus {
  /** No core dump, and no other process of this user may read the memory (`PR_SET_DUMPABLE` 0). Root still may. */
  readonly undumpable: boolean
  /** glibc overwrites freed memory. False on musl, and where the environment was not taken over. */
  readonly overwritesFreedMemory: boolean
  /** Garbage can be collected on request. */
  readonly collectsOnRequest: boolean
}

export async function harden(makeUndumpable: boolean): Promise<HardeningStatus> {
  return {
    undumpable: makeUndumpable && (await setUndumpable()),
    overwritesFreedMemory: process.env['GLIBC_TUNABLES'] === CHILD_ENVIRONMENT['GLIBC_TUNABLES'] && usesGlibc(),
    collectsOnRequest: globalThis.gc !== undefined,
  }
}

const PR_GET_DUMPABLE = 3
const PR_SET_DUMPABLE = 4

async function setUndumpable(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  try {
    const { dlopen } = await import('node:ffi')
    const { functions } = dlopen(null, {
      prctl: { return: 'i32', arguments: ['i32', 'u64', 'u64', 'u64', 'u64'] },
    })
    functions.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n)
    return functions.prctl(PR_GET_DUMPABLE, 0n, 0n, 0n, 0n) === 0
  } catch {
    // node:ffi is experimental: without it, the status says so.
    return false
  }
}

function usesGlibc(): boolean {
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime !== undefined
}
