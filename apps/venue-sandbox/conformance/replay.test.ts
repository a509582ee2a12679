/** A recording of 12,477 public trades, read in place from `CORPUS_DIR`, as a Binance account. */
import assert from 'node:assert/strict'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { readRecording } from '../src/account/recorded-trades.ts'
import { plain } from '../src/amount/amount.ts'
import { startSandbox } from '../src/index.ts'
import { walkBinance } from '../test/walk.ts'

const root = resolve(import.meta.dirname, '../../..')
const corpus = resolve(root, process.env['CORPUS_DIR'] ?? '../shared/corpus')
const recordingPath = join(corpus, 'trading/public-trades/XRP_ETH-trades.json.gz')

const short = (text: string): string => text.replace(/\.?0+$/, '')

for (const pageSize of [7, 100, 1000]) {
  test(`12,477 recorded trades come back exactly once, pages of ${pageSize}`, async () => {
    const recording = readRecording(recordingPath)
    const sandbox = await startSandbox({ trades: recordingPath, pageSize, rateLimitScale: 1000, fillsPerAccount: 10 })
    try {
      const trades = await walkBinance(sandbox, 'XRPETH')
      assert.equal(trades.length, 12_477)
      assert.deepEqual(
        trades.map(({ id, time, isBuyer, price, qty }) => {
          return [String(id), time, isBuyer ? 'buy' : 'sell', short(price), short(qty)]
        }),
        recording.trades.map(({ id, at, side, price, quantity }) => [id, at, side, plain(price), plain(quantity)]),
      )
      const neighbour = (index: number): number | undefined => trades[index]?.time
      const sharing = trades.filter(({ time }, i) => time === neighbour(i - 1) || time === neighbour(i + 1))
      assert.equal(sharing.length, 3446)
      const requests = sandbox.requests('binance')['GET /api/v3/myTrades']
      console.log(`pages of ${pageSize}: ${trades.length} trades in ${requests} requests`)
    } finally {
      await sandbox.stop()
    }
  })
}
