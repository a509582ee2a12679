/**
 * The release digest: one SHA-256 over everything that decides what this enclave does (`docs/decisions/0003-measured-set.md`).
 * The enclave computes it at start, `npm run measure` recomputes it, an auditor compares the two.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { concat, encodeUtf8, u32 } from '@perf-aggregator/protocol'
import { EnclaveError } from '../errors.ts'

/** Rooms of the house that run inside the TEE; of each, `package.json` and `src/`. */
export const MEASURED_ROOMS = [
  'apps/enclave',
  'packages/attestation',
  'packages/contracts',
  'packages/performance',
  'packages/protocol',
] as const

const LOCKFILE = 'package-lock.json'

/** Name of the Node binary in the manifest; no file of the set can be called so. */
const NODE = 'runtime:node'

const TAG = 'perf-aggregator/release/v1\n'

interface MeasuredFile {
  /** Below the root of the repository, with `/` between the parts. */
  readonly path: string
  /** 32 bytes */
  readonly sha256: Uint8Array
}

export interface Release {
  /** 32 bytes */
  readonly digest: Uint8Array
  /** In the order in which they were hashed. */
  readonly files: readonly MeasuredFile[]
}

/** Where this enclave's own sources lie. */
export const OWN_ROOT = resolve(import.meta.dirname, '../../../..')

/**
 * Measures the set below `root` and the Node binary at `node`.
 * Rejects `configuration` when a part is missing, or something in the set is neither file nor folder: a link could be
 * measured as one thing and run as another.
 */
export async function measureRelease({
  root,
  node,
}: {
  readonly root: string
  readonly node: string
}): Promise<Release> {
  const paths = [LOCKFILE]
  for (const room of MEASURED_ROOMS) paths.push(`${room}/package.json`, ...(await filesBelow(root, `${room}/src`)))
  const files: MeasuredFile[] = []
  for (const path of paths) files.push({ path, sha256: await hashFile(join(root, path)) })
  files.push({ path: NODE, sha256: await hashFile(node) })
  const sorted = files.sort((left, right) => Buffer.compare(encodeUtf8(left.path), encodeUtf8(right.path)))
  return { digest: digestManifest(sorted), files: sorted }
}

/** SHA-256 of the tag, then of each file u32(length of its path) ‖ path ‖ SHA-256 of its content. `files` are sorted. */
function digestManifest(files: readonly MeasuredFile[]): Uint8Array {
  const hash = createHash('sha256').update(TAG)
  for (const { path, sha256 } of files) {
    const name = encodeUtf8(path)
    hash.update(concat(u32(name.length), name, sha256))
  }
  return new Uint8Array(hash.digest())
}

async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await list(join(root, folder))) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)))
    else if (entry.isFile()) found.push(path)
    else throw new EnclaveError('configuration', `${path} is neither file nor folder, and cannot be measured`)
  }
  return found
}

async function list(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (cause) {
    throw missing(cause)
  }
}

async function hashFile(path: string): Promise<Uint8Array> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  } catch (cause) {
    throw missing(cause)
  }
  return new Uint8Array(hash.digest())
}

function missing(cause: unknown): EnclaveError {
  return new EnclaveError('configuration', 'a part of the measured set cannot be read', { cause })
}
