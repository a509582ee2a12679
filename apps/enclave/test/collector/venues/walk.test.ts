import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Walk } from '../../../src/collector/venues/walk.ts'

/** A history paged newest first by offset; `disturb` may bend a page or add entries between pages. */
function walkThrough(
  history: string[],
  pageSize: number,
  disturb: (page: number, honest: readonly string[], add: (id: string) => void) => readonly string[],
  counted: boolean,
): ReadonlySet<string> {
  const walk = new Walk()
  const got = new Set<string>()
  for (let asked = 0; asked < 10_000; asked += 1) {
    const honest = history.slice(walk.position, walk.position + pageSize)
    const page = disturb(asked, honest, (id) => history.unshift(id))
    for (const id of page) got.add(id)
    if (walk.take(page, page.length === 0, counted ? history.length : null) === 'complete') return got
  }
  throw new Error('the walk does not end')
}

const histories = fc.integer({ min: 0, max: 60 }).map((length) => Array.from({ length }, (_, index) => `e${index}`))
const pageSizes = fc.integer({ min: 1, max: 25 })

test('an undisturbed walk gets everything', () => {
  fc.assert(
    fc.property(histories, pageSizes, fc.boolean(), (history, pageSize, counted) => {
      const got = walkThrough([...history], pageSize, (_, page) => page, counted)
      assert.deepEqual(got, new Set(history))
    }),
  )
})

test('entries that are added while it is walked shift the pages, and none is lost', () => {
  fc.assert(
    fc.property(
      histories,
      pageSizes,
      fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 5 }),
      fc.boolean(),
      (history, pageSize, when, counted) => {
        const there = new Set(history)
        let added = 0
        const got = walkThrough(
          [...history],
          pageSize,
          (page, honest, add) => {
            for (const at of when) if (at === page) add(`late${(added += 1)}`)
            return honest
          },
          counted,
        )
        for (const id of there) assert.ok(got.has(id), id)
        // Something new in each of its three rounds, and a walk leaves the last of it to the next window.
        const fewRounds = new Set(when).size < 3
        if (counted && fewRounds) assert.equal(got.size, history.length + added, 'the count brings the added ones too')
      },
    ),
  )
})

test('one page sent twice, in place of the next, costs a round and loses nothing', () => {
  fc.assert(
    fc.property(
      histories,
      pageSizes,
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (history, pageSize, at, counted) => {
        let previous: readonly string[] = []
        const got = walkThrough(
          [...history],
          pageSize,
          (page, honest) => {
            const sent = page === at && honest.length > 0 ? previous : honest
            previous = sent
            return sent
          },
          counted,
        )
        assert.deepEqual(got, new Set(history))
      },
    ),
  )
})

test('pages that begin too early or hold rows twice lose nothing', () => {
  fc.assert(
    fc.property(
      histories,
      pageSizes,
      fc.integer({ min: 0, max: 9 }),
      fc.boolean(),
      fc.boolean(),
      (history, pageSize, early, twice, counted) => {
        const walk = new Walk()
        const got = new Set<string>()
        for (;;) {
          const start = Math.max(0, walk.position - early)
          const rows = walk.position >= history.length ? [] : history.slice(start, walk.position + pageSize)
          const page = twice ? rows.flatMap((row) => [row, row]) : rows
          for (const id of page) got.add(id)
          if (walk.take(page, page.length === 0, counted ? history.length : null) === 'complete') break
        }
        assert.deepEqual(got, new Set(history))
      },
    ),
  )
})

test('a count that never comes out ends the walk after three rounds, not never', () => {
  const walk = new Walk()
  const steps: string[] = []
  do steps.push(walk.take(['a', 'b'], true, 5))
  while (steps.at(-1) !== 'complete')
  assert.deepEqual(steps, ['again', 'complete'])
  assert.equal(walk.isShort, true)
})

test('a walk is short where the venue counts more than it showed, and only there', () => {
  const walk = new Walk()
  assert.equal(walk.take(['a'], false, 2), 'go_on')
  assert.equal(walk.isShort, true)
  assert.equal(walk.take(['b'], false, 2), 'complete')
  assert.equal(walk.isShort, false)
  const uncounted = new Walk()
  assert.equal(uncounted.take(['a'], true, null), 'complete')
  assert.equal(uncounted.isShort, false)
})

test('pages that begin too early, around entries that appear in the middle, hide nothing the venue counts', () => {
  const early = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 7 })
  const appearing = fc.array(fc.record({ page: fc.nat(30), at: fc.nat(60) }), { maxLength: 2 })
  fc.assert(
    fc.property(histories, fc.integer({ min: 1, max: 6 }), early, appearing, (start, pageSize, rows, late) => {
      const history = [...start]
      const walk = new Walk()
      const got = new Set<string>()
      for (let asked = 0; ; asked += 1) {
        assert.ok(asked < 10_000, 'the walk does not end')
        for (const { page, at } of late)
          if (page === asked) history.splice(at, 0, `late${page}.${at}.${history.length}`)
        const beyond = walk.position >= history.length
        const from = Math.max(0, walk.position - (beyond ? 0 : (rows[asked % rows.length] ?? 0)))
        const page = history.slice(from, walk.position + pageSize)
        for (const id of page) got.add(id)
        if (walk.take(page, page.length === 0, history.length) === 'complete') break
      }
      assert.deepEqual(got, new Set(history))
    }),
    { numRuns: 500 },
  )
})
