/** Gives the collector a session's sealed credentials when it does not hold them: after a restart, after a purge. */
import { EnclaveError } from '../errors.ts'
import type { Collector } from '../ports/collector.ts'

/** What a pass asks of a venue. */
export type VenueReader = Pick<Collector, 'streams' | 'page' | 'balances'>

/** `collector`, with `attach` called and the question asked once more when the session turns out not to be attached. */
export function attachingWhenNeeded(collector: VenueReader, attach: () => Promise<void>): VenueReader {
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof EnclaveError) || error.code !== 'not_attached') throw error
      await attach()
      return await question()
    }
  }
  return {
    streams: async (...given) => await ask(async () => await collector.streams(...given)),
    page: async (...given) => await ask(async () => await collector.page(...given)),
    balances: async (...given) => await ask(async () => await collector.balances(...given)),
  }
}
