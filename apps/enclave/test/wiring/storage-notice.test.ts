import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storageNotice } from '../../src/wiring/storage-notice.ts'

test('an embedded database that ends with its enclave is told as such; a server is not', () => {
  const embedded = { kind: 'pglite', notice: 'does not fsync' } as const
  const server = { kind: 'postgresql', notice: null } as const
  assert.match(storageNotice(embedded, { family: 'nitro' }) ?? '', /has no disk.*gone.*DATABASE_URL/)
  assert.equal(storageNotice(embedded, { family: 'snp' }), 'does not fsync')
  assert.equal(storageNotice(server, { family: 'nitro' }), null)
})
