import assert from 'node:assert/strict'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { attestationQuoteToJson } from '@perf-aggregator/attestation'
import { certificateMaker } from '@perf-aggregator/testkit'
import { amdMachine } from '@perf-aggregator/testkit/vendor-pki'
import { type FakeService, fakeAmdKds } from '@perf-aggregator/testkit/vendor-services'
import { fakeService } from '../../../../packages/testkit/src/vendor-services/fake-service.ts'
import { eventually } from '../processes.ts'
import { begin, run, temporaryFolder } from '../tool.ts'

// The tool judges at the present, so the machine is one of today.
const machine = amdMachine({ now: Math.floor(Date.now() / 1000) })
const chip = Buffer.from(machine.report.subarray(0x1a0, 0x1e0)).toString('hex')
const vcek = `Milan/${chip}?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219`
const folder = temporaryFolder()
const maker = certificateMaker()

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const report = put('report.bin', machine.report)
const truncated = put('truncated.bin', machine.report.subarray(0, 1000))
const note = put('note.txt', 'a note\n')

let kds: FakeService
let enclave: FakeService
let evidenceType = 'snp'
before(async () => {
  kds = await fakeAmdKds({ machine, vcek })
  // FAKE: an enclave that has one piece of evidence for every nonce; nobody believes it here.
  enclave = await fakeService(({ pathname, searchParams }) => {
    if (pathname !== '/attestation/quote' || searchParams.get('nonce')?.length !== 43) return null
    const evidence = { type: evidenceType, quote: machine.report, binding: maker.binding }
    const body = JSON.stringify(attestationQuoteToJson({ evidence, endorsements: [] }))
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body }
  })
})
after(async () => {
  await kds[Symbol.asyncDispose]()
  await enclave[Symbol.asyncDispose]()
})

interface Json {
  readonly outcome: string
  readonly failures: readonly string[]
  readonly holds_until: string
  readonly files: readonly { readonly file: string; readonly outcome: string; readonly code: string | null }[]
}

suite('attest fetch', { concurrency: 2 }, () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['nowhere to keep it', ['fetch', report], /required option '--out <folder>'/],
    ['no evidence', ['fetch', '--out', folder], /give a file, or --url, and not both/],
    ['two sources', ['fetch', report, '--url', 'http://127.0.0.1:1', '--out', folder], /and not both/],
    ['no hours', ['fetch', report, '--out', folder, '--every', 'day'], /--every takes a whole number/],
    ['too many hours', ['fetch', report, '--out', folder, '--every', '1000'], /--every takes at most 168 hours/],
    [
      'a mirror that is none',
      ['fetch', report, '--out', folder, '--kds', 'file:///x'],
      /--kds takes an http\(s\) address/,
    ],
    ['a folder that is a file', ['fetch', report, '--out', note], /note\.txt cannot be made: a file is in the way/],
  ]
  for (const [name, args, sentence] of wrong) {
    test(`${name} ends with 2 and the way out`, async () => {
      const { code, stdout, stderr } = await run(['attest', ...args])
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, sentence)
    })
  }

  test('from a file: progress beside, results and the verdict as output, and what verify says of the same folder', async () => {
    const out = join(folder, 'from-file')
    const { code, stdout, stderr } = await run(['attest', 'fetch', report, '--out', out, '--kds', kds.url])
    assert.equal(code, 10, stderr)
    assert.match(stderr, /^asking for vcek\.der\nasking for cert_chain\.pem\nasking for crl\.der\n$/)
    assert.match(stdout, /^saved {2}vcek\.der +from kdsintf\.amd\.com$/m)
    assert.match(stdout, /^REJECTED: root_untrusted$/m)
    assert.match(stdout, /^holds {2}from /m)
    assert.deepEqual(readdirSync(out).toSorted(), ['cert_chain.pem', 'crl.der', 'vcek.der'])
    const verified = await run(['attest', 'verify', report, '--collateral', out])
    assert.match(verified.stdout, /^REJECTED: root_untrusted$/m)
  })

  test('from an enclave, for programs', async () => {
    const out = join(folder, 'from-enclave')
    const args = ['attest', 'fetch', '--url', enclave.url, '--out', out, '--kds', kds.url, '--json']
    const { code, stdout, stderr } = await run(args)
    assert.equal(code, 10, stderr)
    const { outcome, failures, files, holds_until: until } = JSON.parse(stdout) as Json
    assert.deepEqual([outcome, failures], ['rejected', ['root_untrusted']])
    assert.deepEqual(
      files.map(({ file, outcome: had, code: why }) => [file, had, why]),
      [
        ['vcek.der', 'saved', null],
        ['cert_chain.pem', 'saved', null],
        ['crl.der', 'saved', null],
      ],
    )
    assert.ok(Date.parse(until) > Date.now())
  })

  test('what cannot be read ends with 20', async () => {
    for (const file of [truncated, note]) {
      const out = join(folder, 'never')
      const { code, stdout } = await run([
        'attest',
        'fetch',
        file,
        '--out',
        out,
        '--json',
        '--kds',
        'http://127.0.0.1:1',
      ])
      assert.equal(code, 20)
      assert.equal((JSON.parse(stdout) as Json).outcome, 'malformed')
    }
  })

  test('an enclave that is not there, and one that answers something else', async () => {
    const gone = await run(['attest', 'fetch', '--url', 'http://127.0.0.1:1', '--out', join(folder, 'a'), '--json'])
    assert.deepEqual(
      [gone.code, JSON.parse(gone.stdout)],
      [1, { error: { code: 'network', message: 'the enclave cannot be reached' } }],
    )
    const other = await run(['attest', 'fetch', '--url', kds.url, '--out', join(folder, 'a')])
    assert.equal(other.code, 1)
    assert.ok(!existsSync(join(folder, 'a')))
  })

  test('it stays where that is asked, and ends when it is told to', async () => {
    const out = join(folder, 'stays')
    const args = ['attest', 'fetch', '--url', enclave.url, '--out', out, '--kds', kds.url, '--every', '1', '--json']
    const running = await begin(args)
    assert.equal((JSON.parse(running.firstLine) as Json).outcome, 'rejected')
    await eventually('the files', () => readdirSync(out).length === 3)
    // The verdict of the last round.
    assert.deepEqual(await running.end('SIGTERM'), { code: 10, signal: null })
  })
})

test('a simulator has no vendor', async () => {
  evidenceType = 'simulator'
  const { code, stderr } = await run(['attest', 'fetch', '--url', enclave.url, '--out', join(folder, 'simulator')])
  evidenceType = 'snp'
  assert.equal(code, 2)
  assert.match(stderr, /a simulator has no vendor/)
})
