import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import {
  createNoteKey,
  EMPTY_EDGE,
  edgeRoot,
  encodeEntryBundle,
  encodeUtf8,
  formatNote,
  formatTreeHead,
  formatVkey,
  growEdge,
  hashLeaf,
  mlDsa44CheckpointMessage,
  TILE_WIDTH,
  tilePath,
  timestampedSignature,
} from '@perf-aggregator/protocol'
import { rawKeyPair } from '@perf-aggregator/testkit'
import { ClientError, LogError, verifyLog } from '../../src/index.ts'

const ORIGIN = 'log.test/visited'
const pairs = { ed25519: rawKeyPair('ed25519'), mlDsa44: rawKeyPair('ml-dsa-44') }
const noteKeys = {
  ed25519: createNoteKey(ORIGIN, 'ed25519', pairs.ed25519.publicKey),
  mlDsa44: createNoteKey(ORIGIN, 'mlDsa44', pairs.mlDsa44.publicKey),
}
const keys = [formatVkey(noteKeys.ed25519), formatVkey(noteKeys.mlDsa44)]

/** The files of a log of `size` entries, as a tlog-tiles server has them. */
function logOf(
  size: number,
  { entry = (at: number) => `entry ${at}\n`, partial = true } = {},
): Map<string, Uint8Array> {
  const entries = Array.from({ length: size }, (_, at) => encodeUtf8(entry(at)))
  const { edge, tiles } = growEdge(EMPTY_EDGE, entries.map(hashLeaf))
  const files = new Map<string, Uint8Array>()
  for (const { bytes, ...address } of tiles)
    if (partial || address.width === TILE_WIDTH) files.set(tilePath(address), bytes)
  for (let index = 0; index * TILE_WIDTH < size; index += 1) {
    const bundle = entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)
    files.set(tilePath({ level: 'entries', index, width: bundle.length }), encodeEntryBundle(bundle))
  }
  files.set('checkpoint', encodeUtf8(checkpoint(size, edgeRoot(edge))))
  return files
}

function checkpoint(size: number, root: Uint8Array): string {
  const head = { origin: ORIGIN, size, root, extensions: [] }
  const text = formatTreeHead(head)
  const byMlDsa = sign(null, mlDsa44CheckpointMessage(ORIGIN, 1, head), pairs.mlDsa44.privateKey)
  return formatNote({
    text,
    signatures: [
      { ...noteKeys.ed25519, signature: sign(null, encodeUtf8(text), pairs.ed25519.privateKey) },
      { ...noteKeys.mlDsa44, signature: timestampedSignature(1, byMlDsa) },
    ].map(({ name, id, signature }) => ({ name, id, signature })),
  })
}

async function serve(files: ReadonlyMap<string, Uint8Array>) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace('/log/', '')
    asked.push(path)
    const file = files.get(path)
    if (file === undefined) response.writeHead(404).end(JSON.stringify({ code: 'not_found' }))
    else response.end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function noteOf(files: ReadonlyMap<string, Uint8Array>): string {
  return new TextDecoder().decode(files.get('checkpoint'))
}

test('a first visit verifies the checkpoint, and every entry when asked', async () => {
  for (const size of [0, 1, 255, 256, 257, 700]) {
    await using log = await serve(logOf(size))
    const quick = await verifyLog(log.url, { keys })
    assert.deepEqual([quick.origin, quick.size, quick.extends, quick.entriesRead], [ORIGIN, size, null, null])
    assert.deepEqual(log.asked, ['checkpoint'])
    const progress: number[] = []
    const whole = await verifyLog(log.url, { keys, entries: true, onProgress: (read) => progress.push(read) })
    assert.equal(whole.entriesRead, size)
    assert.equal(progress.at(-1) ?? 0, size)
  }
})

test('a later visit proves that the log extends what was carried', async () => {
  const grown = logOf(700)
  await using log = await serve(grown)
  for (const size of [0, 1, 255, 256, 300, 512, 699, 700]) {
    const visited = await verifyLog(log.url, { keys, carried: noteOf(logOf(size)) })
    assert.deepEqual([visited.extends, visited.size], [size, 700])
    assert.equal(visited.checkpoint, noteOf(grown))
  }
})

test('a partial tile that gave way to a full one is read from it', async () => {
  const files = logOf(300, { partial: false })
  // The tile and the bundle of entries 256 to 299 are served full only: of the 256, the first 44 count.
  const later = logOf(512)
  files.delete('tile/entries/001.p/44')
  for (const path of ['tile/0/001', 'tile/entries/001']) files.set(path, later.get(path) ?? new Uint8Array())
  files.set('tile/1/000.p/1', logOf(300).get('tile/1/000.p/1') ?? new Uint8Array())
  await using log = await serve(files)
  const visited = await verifyLog(log.url, { keys, carried: noteOf(logOf(260)), entries: true })
  assert.deepEqual([visited.extends, visited.entriesRead], [260, 300])
})

test('a shorter log is a rollback, with both notes as evidence', async () => {
  const files = logOf(10)
  await using log = await serve(files)
  const carried = noteOf(logOf(11))
  await assert.rejects(verifyLog(log.url, { keys, carried }), (error) => {
    assert.ok(error instanceof LogError)
    assert.equal(error.code, 'log_rolled_back')
    assert.ok(error.older === carried)
    assert.ok(error.newer === noteOf(files))
    return true
  })
})

test('another tree of the same size is a fork', async () => {
  await using log = await serve(logOf(10, { entry: (at) => `other ${at}\n` }))
  await assert.rejects(verifyLog(log.url, { keys, carried: noteOf(logOf(10)) }), { code: 'log_forked' })
})

test('a longer log with another history is not believed', async () => {
  await using log = await serve(logOf(600, { entry: (at) => (at === 3 ? 'rewritten\n' : `entry ${at}\n`) }))
  await assert.rejects(verifyLog(log.url, { keys, carried: noteOf(logOf(300)) }), { code: 'log_unproved' })
})

test('altered or missing tiles prove nothing', async () => {
  const carried = noteOf(logOf(300))
  for (const path of ['tile/0/001', 'tile/0/002.p/188']) {
    const files = logOf(700)
    const tile = files.get(path)?.slice()
    assert.ok(tile)
    tile[0] = (tile[0] ?? 0) ^ 1
    files.set(path, tile)
    await using log = await serve(files)
    await assert.rejects(verifyLog(log.url, { keys, carried }), { code: 'log_unproved' }, path)
    files.delete(path)
    await assert.rejects(verifyLog(log.url, { keys, carried }), { code: 'log_unproved' }, path)
  }
})

test('altered entries do not make the signed root', async () => {
  const files = logOf(300)
  files.set('tile/entries/000', logOf(256, { entry: (at) => `x ${at}\n` }).get('tile/entries/000') ?? new Uint8Array())
  await using log = await serve(files)
  await assert.rejects(verifyLog(log.url, { keys, entries: true }), { code: 'log_entries' })
  files.set('tile/entries/000', new Uint8Array(3))
  await assert.rejects(verifyLog(log.url, { keys, entries: true }), { code: 'entry_bundle' })
  files.delete('tile/entries/000')
  await assert.rejects(verifyLog(log.url, { keys, entries: true }), { code: 'log_entries' })
})

test('both keys must have signed what is shown and what was carried', async () => {
  const files = logOf(5)
  const stripped = `${noteOf(files).trimEnd().split('\n').slice(0, -1).join('\n')}\n`
  await using log = await serve(files)
  await assert.rejects(verifyLog(log.url, { keys, carried: stripped }), { code: 'checkpoint_signature_missing' })
  files.set('checkpoint', encodeUtf8(stripped))
  await assert.rejects(verifyLog(log.url, { keys }), { code: 'checkpoint_signature_missing' })
  const stranger = createNoteKey(ORIGIN, 'ed25519', rawKeyPair('ed25519').publicKey)
  await assert.rejects(verifyLog(log.url, { keys: [formatVkey(stranger)] }), { code: 'note_unverified' })
})

test('needs the keys of one log', async () => {
  const elsewhere = formatVkey(createNoteKey('elsewhere.test', 'ed25519', pairs.ed25519.publicKey))
  for (const wrong of [[], [...keys, elsewhere]]) {
    await assert.rejects(verifyLog('http://127.0.0.1:9', { keys: wrong }), (error) => {
      return error instanceof ClientError && error.code === 'invalid_options'
    })
  }
  await assert.rejects(verifyLog('http://127.0.0.1:9', { keys: ['x'] }), { code: 'vkey_malformed' })
})
