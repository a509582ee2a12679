import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samplePerformance } from '@perf-aggregator/testkit'
import { isPerformance } from '../../src/certificate/performance-form.ts'

const genuine = samplePerformance()

test('figures in their form are recognised, with members nobody knows besides', () => {
  assert.equal(isPerformance(genuine), true)
  assert.equal(isPerformance({ ...genuine, total: { ...genuine.total, newFigure: { value: '1' } } }), true)
  assert.equal(isPerformance({ ...genuine, markets: [], completeness: [] }), true)
})

test('no member may be missing or of another form, at any depth', () => {
  let altered = 0
  for (const [path, value] of leaves(genuine, [])) {
    for (const wrong of [undefined, null, {}, typeof value === 'string' ? 7 : 'word', -1.5]) {
      assert.equal(isPerformance(replaced(genuine, path, wrong)), false, `${path.join('.')} = ${JSON.stringify(wrong)}`)
      altered += 1
    }
  }
  assert.ok(altered > 300)
})

test('numbers are plain decimals, texts cannot drive a terminal', () => {
  for (const number of ['1e9', '01', '.5', '1.', '+1', 'NaN', ' 1', '1\n', '1'.repeat(201)]) {
    assert.equal(isPerformance({ ...genuine, opening: { value: number } }), false, number)
  }
  for (const text of ['', '\u001b[2J', 'a\nb', '\u202etxt', '\u0000', 'x'.repeat(1025), '\ud800']) {
    assert.equal(isPerformance({ ...genuine, reportingCurrency: text }), false, JSON.stringify(text))
  }
  assert.equal(isPerformance({ ...genuine, notes: { ...genuine.notes, unpricedAssets: ['币安人生'] } }), true)
})

type Path = readonly (string | number)[]

/** Every value that has no members of its own. Reasons may be any word, so they are left out. */
function* leaves(value: unknown, path: Path): Generator<readonly [Path, unknown]> {
  if (typeof value !== 'object' || value === null) {
    if (path.at(-1) !== 'reason' && value !== null) yield [path, value]
    return
  }
  for (const [name, member] of Object.entries(value))
    yield* leaves(member, [...path, Array.isArray(value) ? Number(name) : name])
}

function replaced(value: unknown, [name, ...rest]: Path, wrong: unknown): unknown {
  if (name === undefined) return wrong
  const copy: unknown = structuredClone(value)
  const parent = copy as Record<string | number, unknown>
  parent[name] = replaced(parent[name], rest, wrong)
  return copy
}
