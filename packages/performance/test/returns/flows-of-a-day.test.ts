/** What moves in and out of an account within a day must not change what its trades earned that day. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measure } from '../../src/index.ts'
import { ACCOUNT, endOf, events, prices, VENUE } from '../notation.ts'

function returns(history: string, closes: string, days: number): string[] {
  const measured = measure({
    accounts: [
      {
        account: ACCOUNT,
        venue: VENUE,
        events: events(history),
        closing: { account: ACCOUNT, at: endOf(days), balances: [] },
      },
    ],
    closes: prices(closes),
    reportingCurrency: 'USDT',
    until: endOf(days),
  })
  return measured.days.map(({ return: earned }) => earned.value ?? earned.reason)
}

/** Of the second day of an account that begins with a thousand USDT. */
function secondDay(history: string, closes: string): string | undefined {
  return returns(`deposit 1000 USDT\nday 2\n${history}`, closes, 2)[1]
}

/** A thousand becomes five hundred. */
const LOSS = `buy 10 ETH/USDT at 100
              sell 10 ETH/USDT at 50`
const CLOSE = 'ETH/USDT 100 50'

test('half is lost, and then ten times as much comes in: half was lost', () => {
  assert.equal(secondDay(`${LOSS}\ndeposit 10000 USDT`, CLOSE), '-0.5000000000')
})

test('half is lost, and then the rest leaves and comes back, a hundred times: half was lost', () => {
  const backAndForth = 'withdrawal 500 USDT\ndeposit 500 USDT\n'.repeat(100)
  assert.equal(secondDay(`${LOSS}\n${backAndForth}`, CLOSE), '-0.5000000000')
})

test('all but half a dollar is lost, and then a thousand times as much comes in: that was the loss', () => {
  const history = `buy 10 ETH/USDT at 100
                   sell 10 ETH/USDT at 0.05
                   deposit 1000000 USDT`
  assert.equal(secondDay(history, 'ETH/USDT 100 0.05'), '-0.9995000000')
})

test('nothing is left, and new money comes in: everything was lost', () => {
  const history = `buy 10 ETH/USDT at 90 fee 100 USDT
                   withdrawal 5 ETH
                   sell 5 ETH/USDT at 90 fee 450 USDT
                   deposit 1000000 USDT`
  assert.equal(secondDay(history, 'ETH/USDT 90 90'), '-1.0000000000')
})

test('a tenth is won, and then ten times as much comes in: a tenth was won', () => {
  const history = `buy 10 ETH/USDT at 100
                   sell 10 ETH/USDT at 110
                   deposit 10000 USDT`
  assert.equal(secondDay(history, 'ETH/USDT 100 110'), '0.1000000000')
})

test('a thousand comes in before a tenth of all is won: a tenth was won', () => {
  const history = `deposit 1000 USDT
                   buy 20 ETH/USDT at 100
                   sell 20 ETH/USDT at 110`
  assert.equal(secondDay(history, 'ETH/USDT 100 110'), '0.1000000000')
})

test('a tenth is won on a thousand, and then on two: the parts of the day are linked', () => {
  const history = `buy 10 ETH/USDT at 100
                   sell 10 ETH/USDT at 110
                   deposit 1100 USDT
                   buy 20 ETH/USDT at 110
                   sell 20 ETH/USDT at 121`
  assert.equal(secondDay(history, 'ETH/USDT 100 121'), '0.2100000000')
})

test('coins that come in earn nothing on the day of their price, and what was held earns its own', () => {
  const history = `buy 10 ETH/USDT at 100
                   deposit 990 ETH`
  assert.equal(secondDay(history, 'ETH/USDT 100 110'), '0.1000000000')
})

test('what was bought before its money arrived is no loss of everything', () => {
  const history = `buy 20 ETH/USDT at 100
                   withdrawal 0.1 ETH
                   deposit 1010 USDT`
  assert.equal(secondDay(history, 'ETH/USDT 100 100'), '0.0000000000')
})

test('sold without ever having come in, and money moved around it: neither profit nor loss', () => {
  const history = `deposit 500 USDT
                   sell 10 ETH/USDT at 100
                   withdrawal 300 USDT
                   deposit 700 USDT`
  assert.equal(secondDay(history, 'ETH/USDT 100 90'), '0.0000000000')
})

test('where something held has no price at a flow, flows in count from the start of the day and flows out at its end', () => {
  const history = `deposit 1000 USDT
                   buy 1 GEM/USDT at 100
                   day 3
                   deposit 900 USDT
                   withdrawal 1 GEM
                   buy 10 ETH/USDT at 100
                   sell 10 ETH/USDT at 120`
  // (2000 + 100) / (1000 + 900), GEM at its last price.
  assert.deepEqual(returns(history, '', 3), ['0.0000000000', '0.0000000000', '0.1052631579'])
})

test('whatever moves after the last trade, in any amounts, the day earned what the trades earned', () => {
  const move = fc.record({ into: fc.boolean(), amount: fc.integer({ min: 1, max: 400 }) })
  fc.assert(
    fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
      let left = 500
      const lines = moves.flatMap(({ into, amount }) => {
        if (!into && left - amount < 1) return []
        left += into ? amount : -amount
        return [`${into ? 'deposit' : 'withdrawal'} ${amount} USDT`]
      })
      assert.equal(secondDay(`${LOSS}\n${lines.join('\n')}`, CLOSE), '-0.5000000000')
    }),
  )
})

/** Of an account that begins with a thousand USDT; `days` in all. */
function moneyWeighted(history: string, closes: string, days: number): string | undefined {
  const account = { account: ACCOUNT, venue: VENUE, events: events(`deposit 1000 USDT\n${history}`) }
  const closing = { account: ACCOUNT, at: endOf(days), balances: [] }
  const accounts = [{ ...account, closing }]
  const { performance } = measure({ accounts, closes: prices(closes), reportingCurrency: 'USDT', until: endOf(days) })
  return performance.total.moneyWeightedReturn.value ?? undefined
}

test('what leaves and comes back on one day is no capital to the money-weighted return either', () => {
  const backAndForth = 'withdrawal 500 USDT\ndeposit 500 USDT\n'.repeat(100)
  for (const moves of ['', backAndForth, 'deposit 1000000 USDT\nwithdrawal 1000000 USDT']) {
    assert.equal(moneyWeighted(`day 2\n${LOSS}\n${moves}`, CLOSE, 2), '-0.5000000000')
  }
})

test('what came in, worked and left on one day is capital to the money-weighted return', () => {
  const won = `buy 10 ETH/USDT at 100
               sell 10 ETH/USDT at 150`
  assert.equal(moneyWeighted(`${won}\nwithdrawal 999 USDT`, 'ETH/USDT 150', 1), '0.5000000000')
  assert.equal(moneyWeighted(`${won}\nwithdrawal 1499 USDT`, 'ETH/USDT 150', 1), '0.5000000000')
  assert.equal(moneyWeighted(`${LOSS}\nwithdrawal 499 USDT`, 'ETH/USDT 50', 1), '-0.5000000000')
})
