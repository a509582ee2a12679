/**
 * The master key: 32 random bytes, made once, kept in `<data>/tee_master_key.bin` sealed to this TEE by the root of
 * trust. Nothing is ever sealed under it directly: every use has its own branch, derived by HKDF-SHA-512, and the raw
 * key is wiped as soon as the branches exist.
 *
 * File: `"perf-aggregator/master-key/v1\n" ‖ name of the root of trust ‖ "\n" ‖ what the root of trust sealed`.
 *
 * A database server keeps a copy of the file (`store/identity.ts`), for enclaves whose disk does not outlive them.
 */

import type { KeyObject } from 'node:crypto'
import { createSecretKey, hkdfSync } from 'node:crypto'
import { link, open as openFile, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { EnclaveError } from '../errors.ts'
import type { Random } from '../ports/random.ts'
import type { RootOfTrust } from '../ports/root-of-trust.ts'

const FILE = 'tee_master_key.bin'
const MAGIC = 'perf-aggregator/master-key/v1\n'
const MASTER_KEY_BYTES = 32
const BRANCH_KEY_BYTES = 32

/** What each branch is for. A branch is never used for anything else. */
export const BRANCHES = [
  /** Wraps the data keys of exchange credentials. Handed to the collector child, the only process that uses it. */
  'credentials',
  /** Seals what the enclave believes of a session. */
  'sessions',
  /** Wraps the data keys of sealed records. */
  'records',
  /** Seals collected events and cursors. */
  'events',
  /** Seals the enclave's own signing keys. */
  'signing',
  /** HMAC key that makes a certificate's place in its chain ours. */
  'certificates',
  /** HMAC key that makes a bearer token's row ours. */
  'tokens',
  /** HMAC key of the pseudonyms of accounts and users. */
  'pseudonyms',
  /** HMAC key under which client addresses are counted. */
  'addresses',
] as const

export type Branch = (typeof BRANCHES)[number]

export interface MasterKey {
  /** The branch's 256-bit secret; only of a branch that was asked for. */
  branch(name: Branch): KeyObject
  /** Public check value, hex: says whether two files or a database belong to the same master key, and nothing else. */
  readonly fingerprint: string
  /** The file: the key as the root of trust sealed it. */
  readonly sealed: Uint8Array
  /** True when this start made the key. */
  readonly created: boolean
}

/**
 * Opens the master key in `directory` (which exists), or makes it, and derives `branches`: a process asks for those it
 * uses, so that the API process never holds what opens credentials.
 *
 * Where there is no file, `kept` is the file again, if it opens: a copy from a place nobody trusts, which can withhold the
 * key or give back an earlier one, as whoever owns the disk can.
 *
 * Rejects `root_of_trust` when the root of trust does not seal or unseal (or the code it rejects with), `unseal_failed` when the file is not one of ours.
 */
export async function openMasterKey(
  directory: string,
  rootOfTrust: RootOfTrust,
  random: Random,
  branches: readonly Branch[],
  kept: Uint8Array | null = null,
): Promise<MasterKey> {
  const stored = await read(directory)
  if (stored !== null) return await unsealMasterKey(directory, stored, rootOfTrust, branches, false)
  if (kept !== null) {
    // Opened before it is stored: what does not open must not stand in the way of an empty database.
    const masterKey = await unsealMasterKey(directory, Buffer.from(kept), rootOfTrust, branches, false)
    if (await store(directory, kept, random)) return masterKey
    return await openMasterKey(directory, rootOfTrust, random, branches)
  }

  const raw = random.bytes(MASTER_KEY_BYTES)
  let blob: Uint8Array
  try {
    blob = await rootOfTrust.seal(raw)
  } catch (cause) {
    throw refusedBy(cause, 'the root of trust did not seal the master key')
  } finally {
    raw.fill(0)
  }
  const created = await store(directory, Buffer.concat([Buffer.from(`${MAGIC}${rootOfTrust.name}\n`), blob]), random)
  // Read back rather than remembered: a key that cannot be unsealed must fail now, not after data was sealed under it.
  // And when two processes start at once, both go on with the one key that reached the disk.
  const written = await read(directory)
  if (written === null) throw new EnclaveError('root_of_trust', 'the master key vanished while it was made')
  return await unsealMasterKey(directory, written, rootOfTrust, branches, created)
}

async function unsealMasterKey(
  directory: string,
  file: Buffer,
  rootOfTrust: RootOfTrust,
  branches: readonly Branch[],
  created: boolean,
): Promise<MasterKey> {
  if (file.subarray(0, MAGIC.length).toString('latin1') !== MAGIC) {
    throw new EnclaveError('unseal_failed', `${FILE} is not a master key of this service`)
  }
  const nameEnd = file.indexOf(0x0a, MAGIC.length)
  const sealedBy = file.subarray(MAGIC.length, Math.max(nameEnd, MAGIC.length)).toString('utf8')
  if (sealedBy !== rootOfTrust.name) {
    throw new EnclaveError('root_of_trust', `${FILE} was sealed by another root of trust than "${rootOfTrust.name}"`)
  }
  let raw: Uint8Array
  try {
    raw = await rootOfTrust.unseal(file.subarray(nameEnd + 1))
  } catch (cause) {
    throw refusedBy(cause, `the root of trust "${rootOfTrust.name}" did not unseal ${FILE}`)
  }
  try {
    if (raw.length !== MASTER_KEY_BYTES) throw new EnclaveError('unseal_failed', `${FILE} holds no 256-bit key`)
    const masterKey = { ...deriveBranches(raw, branches), sealed: file, created }
    await removeLeftovers(directory)
    return masterKey
  } finally {
    raw.fill(0)
  }
}

/** With the code and the way out that the root of trust gave, where it gave any. */
function refusedBy(cause: unknown, what: string): EnclaveError {
  if (!(cause instanceof EnclaveError)) return new EnclaveError('root_of_trust', what, { cause })
  return new EnclaveError(cause.code, `${what}: ${cause.message}`, { cause })
}

/** All `names` at once, so that the raw key need not outlive this call. `raw` stays the caller's to wipe. */
function deriveBranches(raw: Uint8Array, names: readonly Branch[]): Pick<MasterKey, 'branch' | 'fingerprint'> {
  const branches = new Map<Branch, KeyObject>()
  for (const name of names) {
    const secret = new Uint8Array(hkdfSync('sha512', raw, '', `perf-aggregator/branch/v1/${name}`, BRANCH_KEY_BYTES))
    branches.set(name, createSecretKey(secret))
    secret.fill(0)
  }
  const fingerprint = Buffer.from(hkdfSync('sha512', raw, '', 'perf-aggregator/fingerprint/v1', 16)).toString('hex')
  return {
    fingerprint,
    branch: (name) => {
      const key = branches.get(name)
      if (key === undefined)
        throw new EnclaveError('internal', 'a branch of the master key that this process did not ask for')
      return key
    },
  }
}

async function read(directory: string): Promise<Buffer | null> {
  try {
    return await readFile(join(directory, FILE))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/**
 * Written beside, flushed, then linked to its name: at any instant there is no file or the whole file, and an existing
 * one is never replaced (a rename would replace it, and everything sealed under the first key would be lost).
 * Returns false when another process was first.
 */
async function store(directory: string, sealed: Uint8Array, random: Random): Promise<boolean> {
  const temporary = join(directory, `${FILE}.${Buffer.from(random.bytes(8)).toString('hex')}.new`)
  const file = await openFile(temporary, 'wx', 0o600)
  try {
    await file.writeFile(sealed)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(temporary, join(directory, FILE))
  } catch (error) {
    // ENOENT: the process that was first removed our leftover.
    if (hasCode(error, 'EEXIST') || hasCode(error, 'ENOENT')) return false
    throw error
  } finally {
    await unlink(temporary).catch(ignoreMissing)
  }
  const folder = await openFile(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
  return true
}

/** A crash between link and unlink leaves a second name for the sealed key; one name must remain, so that deleting it deletes it. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(`${FILE}.`) && name.endsWith('.new')) await unlink(join(directory, name)).catch(ignoreMissing)
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
