/** What an operator does with bearer tokens: it needs the trust and the database, and no collector. */
import type { Configuration } from '../configuration.ts'
import { claimDatabase } from '../store/identity.ts'
import { openStore } from '../store/open.ts'
import { administerTokens, type TokenAdministration } from '../tokens/tokens.ts'
import { storeLocation } from './foundation.ts'
import { systemClock, systemRandom } from './tools.ts'
import { findTrust, openOwnMasterKey } from './trust.ts'

/** Runs `work` on the tokens of the enclave of `configuration`, beside it or while it is stopped. */
export async function manageTokens<T>(
  configuration: Configuration,
  work: (tokens: TokenAdministration) => Promise<T>,
): Promise<T> {
  const tools = { clock: systemClock, random: systemRandom }
  const trust = await findTrust(configuration, tools)
  const store = await openStore(storeLocation(configuration))
  try {
    const server = store.kind === 'postgresql' ? store : null
    const masterKey = await openOwnMasterKey(configuration, trust, server, tools)
    await claimDatabase(store.db, masterKey)
    return await work(administerTokens({ db: store.db, branch: masterKey.branch('tokens'), ...tools }))
  } finally {
    await store.close()
  }
}
