/**
 * The keys that make results believable: result signing (Ed25519, ML-DSA-65) and the log's (Ed25519, ML-DSA-44). Made
 * inside the enclave, kept as sealed seeds in the database, used only as KeyObjects. The same keys come back after a
 * restart, so that a log keeps its signature for its whole life.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Random } from '../ports/random.ts'
import { context } from '../sealing/context.ts'
import { open, seal } from '../sealing/seal.ts'
import type { Database } from '../store/tables.ts'

const PURPOSES = {
  'result-ed25519': 'ed25519',
  'result-mldsa65': 'ml-dsa-65',
  'log-ed25519': 'ed25519',
  'log-mldsa44': 'ml-dsa-44',
} as const

export type SigningPurpose = keyof typeof PURPOSES

export type SigningKeys = Readonly<Record<SigningPurpose, KeyObject>>

/** Opens every signing key, making those that do not exist yet. `branch`: the `signing` branch of the master key. */
export async function openSigningKeys(db: Kysely<Database>, branch: KeyObject, random: Random): Promise<SigningKeys> {
  const keys: Partial<Record<SigningPurpose, KeyObject>> = {}
  for (const purpose of Object.keys(PURPOSES) as SigningPurpose[])
    keys[purpose] = await openKey(db, branch, random, purpose)
  return keys as SigningKeys
}

async function openKey(
  db: Kysely<Database>,
  branch: KeyObject,
  random: Random,
  purpose: SigningPurpose,
): Promise<KeyObject> {
  const stored = await read(db, purpose)
  if (stored !== null) return unseal(branch, purpose, stored)
  const { privateKey } = generate(purpose)
  const der = privateKey.export({ type: 'pkcs8', format: 'der' })
  const sealed = seal(branch, der, context('signing-key', purpose), random)
  der.fill(0)
  // Two replicas may start at once on a new database: both go on with the one key that was stored.
  await db
    .insertInto('signing_keys')
    .values({ purpose, sealed })
    .onConflict((conflict) => conflict.column('purpose').doNothing())
    .execute()
  return unseal(branch, purpose, (await read(db, purpose)) ?? sealed)
}

function generate(purpose: SigningPurpose): { readonly privateKey: KeyObject } {
  switch (PURPOSES[purpose]) {
    case 'ed25519':
      return generateKeyPairSync('ed25519')
    case 'ml-dsa-65':
      return generateKeyPairSync('ml-dsa-65')
    case 'ml-dsa-44':
      return generateKeyPairSync('ml-dsa-44')
  }
}

async function read(db: Kysely<Database>, purpose: string): Promise<Uint8Array | null> {
  const row = await db.selectFrom('signing_keys').select('sealed').where('purpose', '=', purpose).executeTakeFirst()
  return row?.sealed ?? null
}

function unseal(branch: KeyObject, purpose: SigningPurpose, sealed: Uint8Array): KeyObject {
  const der = open(branch, sealed, context('signing-key', purpose))
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } finally {
    der.fill(0)
  }
}
