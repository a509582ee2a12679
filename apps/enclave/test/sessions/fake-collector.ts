/**
 * FAKE COLLECTOR, for tests of the sessions only: nothing is encrypted. A submission's `sealed` is the JSON of what it
 * opens to, and the "sealed" credentials are marked bytes. It keeps count of what it holds, and fails when told to.
 */
import { EnclaveError } from '../../src/errors.ts'
import type { Collector, OpenedSubmission, SealedSubmission } from '../../src/ports/collector.ts'
import type { KeyReport, VenueId } from '../../src/ports/venue.ts'

export interface FakePlaintext {
  readonly venue?: VenueId
  readonly symbols?: readonly string[]
  readonly userId?: string
  /** base64 */
  readonly clientPub?: string
}

export class FakeCollector implements Collector {
  readonly name = 'FAKE COLLECTOR'
  readonly attached = new Set<string>()
  readonly detached: string[] = []
  purges = 0
  report: KeyReport = { readOnly: true, excess: [], accountUid: 'uid-1' }
  /** What a method rejects with, `after` having done its work or before. */
  readonly failing = new Map<'open' | 'checkKey' | 'detach', { error: Error; after: boolean }>()

  async open(sessionKey: string, submission: SealedSubmission): Promise<OpenedSubmission> {
    return await this.#attempt('open', () => {
      let plaintext: FakePlaintext
      try {
        plaintext = JSON.parse(Buffer.from(submission.sealed).toString('utf8')) as FakePlaintext
      } catch (cause) {
        throw new EnclaveError('decryption_failed', 'the submission does not open', { cause })
      }
      this.attached.add(sessionKey)
      return {
        venue: plaintext.venue ?? 'binance',
        credentials: {
          wrappedKey: Buffer.from('FAKE wrapped key'),
          ciphertext: Buffer.from('FAKE ciphertext, and a tag'),
        },
        symbols: plaintext.symbols ?? [],
        userId: plaintext.userId ?? null,
        clientKey: plaintext.clientPub === undefined ? null : Buffer.from(plaintext.clientPub, 'base64'),
      }
    })
  }

  async checkKey(): Promise<KeyReport> {
    return await this.#attempt('checkKey', () => this.report)
  }

  async detach(sessionKey: string): Promise<void> {
    await this.#attempt('detach', () => {
      this.detached.push(sessionKey)
      this.attached.delete(sessionKey)
    })
  }

  /** Called when an attach is under way, before it takes effect. */
  attaching: () => Promise<unknown> = () => Promise.resolve()

  async attach(sessionKey: string): Promise<void> {
    await this.attaching()
    this.attached.add(sessionKey)
  }

  purge(): Promise<void> {
    this.purges += 1
    this.attached.clear()
    return Promise.resolve()
  }

  keys = unused
  streams = unused
  page = unused
  balances = unused
  dailyCloses = unused
  stop = unused
  follow(): void {
    throw new Error('the fake collector does not restart')
  }

  async #attempt<T>(method: 'open' | 'checkKey' | 'detach', work: () => T): Promise<T> {
    const failure = this.failing.get(method)
    if (failure?.after === false) throw failure.error
    const result = await Promise.resolve(work())
    if (failure?.after === true) throw failure.error
    return result
  }
}

function unused(): Promise<never> {
  return Promise.reject(new Error('the fake collector does not do this'))
}
