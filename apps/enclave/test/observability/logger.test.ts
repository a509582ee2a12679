import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger, describeError, type LogFields } from '../../src/observability/logger.ts'

function capture(level?: 'info' | 'silent') {
  const lines: string[] = []
  const logger = createLogger({
    clock: { now: () => 0 },
    destination: { write: (line) => void lines.push(line) },
    ...(level === undefined ? {} : { level }),
  })
  return { logger, lines }
}

test('a field that is not on the list does not reach a line, whatever its type says', () => {
  const { logger, lines } = capture()
  const fields = { port: 3000, apiSecret: 'pLaNtEd', url: '/x/pLaNtEd', code: { toJSON: () => 'pLaNtEd' } }
  logger.info('listening', fields as unknown as LogFields)
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    level: 'info',
    time: '1970-01-01T00:00:00.000Z',
    port: 3000,
    event: 'listening',
  })
})

test('a text is cut where no text of ours ends', () => {
  const { logger, lines } = capture()
  logger.warn('x', { part: 'p'.repeat(1000) })
  assert.equal((JSON.parse(lines[0] ?? '') as { part: string }).part.length, 128)
})

test('silent writes nothing', () => {
  const { logger, lines } = capture('silent')
  logger.error('x', {}, new Error('y'))
  assert.deepEqual(lines, [])
})

test('an error is described by its name, code and frames, never by its message', () => {
  const error = new TypeError('pLaNtEd\n    at pLaNtEd (evil.js:1:1)', { cause: new Error('pLaNtEd cause') })
  const described = describeError(Object.assign(error, { code: 'ECONNREFUSED' }))
  assert.equal(described.name, 'TypeError')
  assert.equal(described.code, 'ECONNREFUSED')
  assert.match(described.frames[0] ?? '', /logger\.test\.ts:\d+:\d+/)
  assert.equal(described.cause?.name, 'Error')
  assert.doesNotMatch(JSON.stringify(described), /pLaNtEd|evil/)
})

test('a message changed after the fact hides the frames rather than showing the old message', () => {
  const error = new Error('pLaNtEd\n    at pLaNtEd (evil.js:1:1)')
  void error.stack
  error.message = 'harmless'
  assert.deepEqual(describeError(error).frames, [])
  assert.equal(describeError(Object.assign(new Error('x'), { name: 'a b', code: 'p w' })).name, 'Error')
  assert.deepEqual(describeError('pLaNtEd'), { name: 'string', frames: [] })
})
