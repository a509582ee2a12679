import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { descendantsOf, eventually, isGone } from '../processes.ts'
import { begin, run, temporaryFolder } from '../tool.ts'

suite('stopping', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} ends the sandbox`, async () => {
      const sandbox = await begin(['sandbox', '--fills', '20'])
      assert.match(sandbox.firstLine, /^SANDBOX: not real exchanges/)
      assert.deepEqual(await sandbox.end(signal), { code: 0, signal: null })
    })

    test(`${signal} ends the demo and all it started, and leaves no temporary file`, async () => {
      const folder = temporaryFolder()
      const temporary = join(folder, 'tmp')
      mkdirSync(temporary)
      const demo = await begin(['demo', '--out', join(folder, 'out')], { TMPDIR: temporary })
      await eventually('accounts are registered', () => demo.said().includes('read-only key accepted'))
      const processes = descendantsOf(demo.pid)
      assert.ok(processes.length >= 2, 'the enclave and its collector')
      assert.equal(readdirSync(temporary).length, 1)
      assert.deepEqual(await demo.end(signal), { code: 130, signal: null })
      await eventually('the enclave and its collector are gone', () => processes.every(isGone))
      assert.deepEqual(readdirSync(temporary), [])
      assert.doesNotMatch(demo.said(), /error|\n {4}at /)
    })
  }

  test('a demo whose reader leaves ends with all it started', async () => {
    const folder = temporaryFolder()
    const entry = join(import.meta.dirname, '../../bin/perf-aggregator.js')
    const demo = spawn(process.execPath, [entry, 'demo', '--out', join(folder, 'out')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], TMPDIR: folder },
    })
    let complaints = ''
    demo.stderr.on('data', (chunk) => {
      complaints += String(chunk)
    })
    const ended = once(demo, 'exit')
    await eventually('the enclave is there', () => existsSync(join(folder, 'out', 'enclave.log')))
    const processes = descendantsOf(demo.pid ?? -1)
    demo.stdout.destroy()
    await ended
    await eventually('the enclave is gone', () => processes.every(isGone))
    assert.deepEqual(readdirSync(folder), ['out'])
    assert.equal(complaints, '')
  })

  test('a port that is taken: exit 2, how to take another, and nothing left running', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    assert.ok(address !== null && typeof address === 'object')
    const folder = temporaryFolder()
    const { code, stdout, stderr } = await run(['serve', '--port', String(address.port), '--data-dir', folder])
    other.close()
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /127\.0\.0\.1:\d+ is taken: --port 0 takes a free port/)
  })
})
