/** What an operator does with bearer tokens: it needs the trust and the database, and no collector. */
import type { Configuration } from '../configuration.ts'
import { claimDatabase } from '../store/identity.ts'
import { openStore } from '../store/open.ts'
import { administerTokens, type TokenAdministration } from '../tokens/tokens.ts'
import { storeLocation } from './foundation.ts'
import { systemClock, systemRandom } from './tools.ts'
import { openTrust } from './trust.ts'

/** Runs `work` on the tokens of the enclave of `configuration`, beside it or while it is stopped. */
export async function manageTokens<T>(
  configuration: Configuration,
  work: (tokens: TokenAdministration) => Promise<T>,
): Promise<T> {
  const { masterKey } = await openTrust(configuration, { clock: systemClock, random: systemRandom })
  const store = await openStore(storeLocation(configuration))
  try {
    await claimDatabase(store.db, masterKey)
    return await work(
      administerTokens({ db: store.db, branch: masterKey.branch('tokens'), clock: systemClock, random: systemRandom }),
    )
  } finally {
    await store.close()
  }
}
