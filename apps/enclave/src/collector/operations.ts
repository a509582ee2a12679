/** What the child does when asked, behind the wire. Owner of the HPKE keys, the credentials branch and the tenants. */
import type { KeyObject } from 'node:crypto'
import { EnclaveError } from '../errors.ts'
import type { OpenedSubmission } from '../ports/collector.ts'
import type { Random } from '../ports/random.ts'
import type { Credentials } from './credentials.ts'
import { openCredentials, readSubmission, sealCredentials, wipeCredentials } from './credentials.ts'
import type { GarbageCollector } from './garbage.ts'
import type { HpkeKeys } from './hpke/keys.ts'
import { openSubmission } from './hpke/keys.ts'
import type { Operations } from './messages.ts'
import { signingKey } from './signing-key.ts'
import type { Tenants } from './tenants.ts'
import type { Clients } from './venues/clients.ts'
import { wipeable } from './wipeable.ts'

export interface OperationParts {
  readonly keys: HpkeKeys
  /** The `credentials` branch of the master key. */
  readonly branch: KeyObject
  readonly tenants: Tenants
  readonly clients: Clients
  readonly random: Random
  readonly garbage: GarbageCollector
  /** Whether the venues are a sandbox: a submission for a sandbox is refused where there is none. */
  readonly sandboxed: boolean
}

export type OperationHandlers = {
  readonly [Name in keyof Operations]: (...given: Parameters<Operations[Name]>) => Promise<ReturnType<Operations[Name]>>
}

export function createOperations(parts: OperationParts): OperationHandlers {
  const { branch, tenants, clients, random, garbage } = parts

  const hold = (sessionId: string, credentials: Credentials): void => {
    const key = signingKey(credentials)
    const apiKey = wipeable(credentials.apiKey.length)
    apiKey.set(credentials.apiKey)
    tenants.hold(sessionId, credentials.venue, apiKey, key)
  }
  const client = (sessionId: string) => clients[tenants.venueOf(sessionId)]

  return {
    open: async (sessionId, submission) => {
      const plaintext = await openSubmission(parts.keys, submission)
      try {
        const read = readSubmission(plaintext, submission.metadata.exchange)
        if (read.sandbox && !parts.sandboxed) {
          throw new EnclaveError('plaintext_invalid', 'the submission is for a sandbox, and this enclave has none')
        }
        hold(sessionId, read.credentials)
        return opened(sessionId, read, branch, random)
      } finally {
        plaintext.fill(0)
      }
    },
    attach: async (sessionId, venue, sealed) => {
      const credentials = openCredentials(branch, sessionId, venue, sealed)
      try {
        hold(sessionId, credentials)
      } finally {
        wipeCredentials(credentials)
      }
      return null
    },
    checkKey: async (sessionId) => await tenants.run(sessionId, async () => await client(sessionId).checkKey()),
    streams: async (sessionId, symbols) =>
      await tenants.run(sessionId, async () => await client(sessionId).streams({ symbols })),
    page: async (sessionId, account, stream, cursor) =>
      await tenants.run(sessionId, async () => await client(sessionId).page(account, stream, cursor)),
    balances: async (sessionId) => await tenants.run(sessionId, async () => await client(sessionId).balances()),
    dailyCloses: async (venue, markets, fromDay, toDay) => await clients[venue].dailyCloses(markets, fromDay, toDay),
    detach: async (sessionId) => {
      if (tenants.release(sessionId)) await garbage.collect()
      return null
    },
  }
}

function opened(
  sessionId: string,
  read: ReturnType<typeof readSubmission>,
  branch: KeyObject,
  random: Random,
): OpenedSubmission {
  return {
    venue: read.credentials.venue,
    credentials: sealCredentials(branch, sessionId, read.credentials, random),
    symbols: read.symbols,
    userId: read.userId,
    clientKey: read.clientKey,
  }
}
