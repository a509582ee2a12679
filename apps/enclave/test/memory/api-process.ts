/** Test fixture: the part of the enclave that must never see a secret. Runs under the memory scanner's warden. */
import type { CollectorProcess, CollectorSettings } from '../../src/collector/process.ts'
import { startCollector } from '../../src/collector/process.ts'
import type { SealedSubmission } from '../../src/ports/collector.ts'
import type { Cursor, StreamName } from '../../src/ports/venue.ts'

export type Question =
  | { readonly to: 'start'; readonly settings: CollectorSettings }
  | { readonly to: 'submit'; readonly sessionId: string; readonly submission: SealedSubmission }
  | { readonly to: 'collect'; readonly sessionId: string }
  | { readonly to: 'detach'; readonly sessionId: string }
  | { readonly to: 'purge' }
  | { readonly to: 'stop' }
  /** The positive control: plants a value in this process on purpose. */
  | { readonly to: 'plant'; readonly value: Uint8Array }

let collector: CollectorProcess | null = null
const planted: Uint8Array[] = []

function running(): CollectorProcess {
  if (collector === null) throw new Error('not started')
  return collector
}

async function answer(question: Question): Promise<unknown> {
  switch (question.to) {
    case 'start':
      collector = await startCollector(question.settings)
      return { pid: collector.pid, keys: await collector.keys(), hardening: await collector.hardening() }
    case 'submit': {
      const opened = await running().open(question.sessionId, question.submission)
      return { venue: opened.venue, key: await running().checkKey(question.sessionId) }
    }
    case 'collect':
      return await collect(running(), question.sessionId)
    case 'detach':
      return await running().detach(question.sessionId)
    case 'purge':
      await running().purge()
      return { pid: running().pid }
    case 'stop':
      return await running().stop()
    case 'plant':
      planted.push(question.value)
      return planted.length
  }
}

async function collect(from: CollectorProcess, sessionId: string): Promise<number> {
  const seen = new Set<string>()
  const cursors = new Map<StreamName, Cursor>()
  for (const stream of await from.streams(sessionId, [])) {
    for (let more = true; more; ) {
      const page = await from.page(sessionId, 'pseudonym', stream, cursors.get(stream) ?? null)
      cursors.set(stream, page.cursor)
      for (const event of page.events) if (event.kind === 'fill') seen.add(`${event.market} ${event.tradeId}`)
      more = page.more
    }
  }
  await from.balances(sessionId)
  return seen.size
}

process.on('message', ({ id, question }: { id: number; question: Question }) => {
  answer(question)
    .then((value) => process.send?.({ kind: 'answer', id, value }))
    .catch((error: unknown) => process.send?.({ kind: 'failed', id, message: String(error) }))
})
