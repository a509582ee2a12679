import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { certificateMaker } from '@perf-aggregator/testkit'
import { run, temporaryFolder } from '../tool.ts'

const COMMANDS = [
  'register',
  'summary',
  'metrics',
  'certificate get',
  'certificate verify',
  'certificate show',
  'revoke',
  'log verify',
  'attest verify',
  'attest show',
  'attest bundle',
  'serve',
  'migrate',
  'token create',
  'token list',
  'token revoke',
  'sandbox',
  'demo',
]

/** Given as an argument in the wrong place, and never to be seen again. */
const SECRET = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv'

const folder = temporaryFolder()
const missing = join(folder, 'missing')
const note = join(folder, 'note.txt')
writeFileSync(note, 'no checkpoint')
const trades = join(folder, 'trades.json')
writeFileSync(trades, '[]')
const rows = join(folder, 'XRP_ETH-trades.json')
writeFileSync(rows, '[[1, 2]]')
const [vkey = ''] = certificateMaker().trust.logKeys ?? []

suite('the command line', { concurrency: 2 }, () => {
  for (const command of COMMANDS) {
    test(`${command} --help shows an example of itself`, async () => {
      const { code, stdout, stderr } = await run([...command.split(' '), '--help'])
      assert.equal(code, 0)
      assert.equal(stderr, '')
      assert.match(stdout, new RegExp(`Examples?:\n(?:.*\n)*? {2}\\$ (?:\\S+=\\S+ )*perf-aggregator ${command}`))
      for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line)
    })
  }

  test('the version is that of the package', async () => {
    assert.deepEqual(await run(['--version']), { code: 0, stdout: '0.1.0\n', stderr: '' })
  })

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /takes a command; "perf-aggregator --help" shows them/],
    ['a group without its command', ['certificate'], /"perf-aggregator certificate --help" shows them/],
    ['an unknown command', ['bogus'], /unknown command 'bogus'.*--help" shows/],
    ['an unknown option', ['summary', '--bogus'], /unknown option '--bogus'; "perf-aggregator summary --help"/],
    ['a misspelt secret option', ['summary', `--secrt=${SECRET}`], /unknown option '--secrt'/],
    ['a secret without its option', ['register', '--exchange', 'kraken', SECRET], /too many arguments for 'register'/],
    ['a missing mandatory option', ['register'], /required option '--exchange <name>' not specified; .*--help" shows/],
    ['a venue there is not', ['register', '--exchange', 'x'], /Allowed choices are binance, coinbase, kraken/],
    ['no trust', ['register', '--exchange', 'kraken'], /--measurement HEX .* or --allow-simulator/],
    ['no trust in a session', ['summary'], /--measurement HEX .* or --allow-simulator/],
    [
      'no secret',
      ['register', '--exchange', 'kraken', '--allow-simulator'],
      /API key is missing: set API_KEY, or give --api-key-file FILE/,
    ],
    [
      'a life that is no number',
      ['register', '--exchange', 'kraken', '--allow-simulator', '--ttl', '1 day'],
      /--ttl takes a whole number above zero/,
    ],
    ['no session', ['metrics', '--allow-simulator', '--session', missing], /no session in .*: register first/],
    ['no session to end', ['revoke', '--allow-simulator', '--session', missing], /register first/],
    ['a certificate that is not there', ['certificate', 'verify', missing], /missing cannot be read: no such file/],
    ['a folder for a certificate', ['certificate', 'show', folder], /cannot be read: it is a folder/],
    [
      'a certificate with nowhere to go',
      ['certificate', 'get', '--allow-simulator', '--out', join(missing, 'x.json')],
      /x\.json cannot be written: no such file or folder/,
    ],
    ['a log nobody vouches for', ['log', 'verify'], /--certificate FILE .* or give --log-key/],
    ['a log key that is none', ['log', 'verify', '--log-key', 'x'], /--log-key takes verifier keys/],
    [
      'an earlier visit that is none',
      ['log', 'verify', '--log-key', vkey, '--since', note],
      /no checkpoint of an earlier/,
    ],
    ['a data directory that is a file', ['serve', '--data-dir', note], /DATA_DIR: a file is in the way/],
    ['an address that is none', ['certificate', 'get', 'A', '--url', 'x', '--allow-simulator'], /not an address/],
    ['a port that is none', ['serve', '--port', 'x'], /ENCLAVE_PORT: give a whole number/],
    ['a token for no scope', ['token', 'create'], /required option '--scope <scope>'/],
    ['a token for no days', ['token', 'create', '--scope', 'records', '--days', '0'], /--days takes a whole number/],
    ['no fills', ['sandbox', '--fills', '0'], /--fills takes a whole number above zero/],
    ['no recording for the venues', ['sandbox', '--trades', missing], /--trades takes a file of/],
    ['a recording of no market', ['sandbox', '--trades', trades], /--trades: the name of the file has to begin with/],
    ['a recording of no trades', ['sandbox', '--trades', rows], /--trades: /],
    ['no recording', ['demo', '--trades', missing, '--out', join(folder, 'demo')], /--trades takes a file of/],
  ]
  for (const [name, args, sentence] of wrong) {
    test(`${name} ends with 2 and the way out`, async () => {
      const { code, stdout, stderr } = await run(args)
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, sentence)
      assert.doesNotMatch(stderr, /\n {4}at /)
      assert.ok(!stderr.includes(SECRET))
    })
  }

  const failing: readonly (readonly [string, readonly string[], string, number])[] = [
    ['called wrongly', ['register', '--json', `--x=${SECRET}`], 'usage', 2],
    ['with a file missing', ['certificate', 'verify', missing, '--json'], 'usage', 2],
    ['with the service misconfigured', ['serve', '--port', 'x', '--json'], 'configuration', 2],
    ['without an enclave', ['log', 'verify', '--certificate', missing, '--json'], 'usage', 2],
  ]
  for (const [name, args, expected, exit] of failing) {
    test(`${name}, a program is answered with one document`, async () => {
      const { code, stdout } = await run(args)
      assert.equal(code, exit)
      const document = JSON.parse(stdout) as { error: { code: string; message: string } }
      assert.deepEqual(Object.keys(document), ['error'])
      assert.equal(document.error.code, expected)
      assert.ok(!stdout.includes(SECRET))
    })
  }

  test('an enclave that is not there: where to find it', async () => {
    const path = join(folder, 'session.json')
    const { code, stderr } = await run(
      ['register', '--exchange', 'kraken', '--allow-simulator', '--url', 'http://127.0.0.1:9', '--session', path],
      { API_KEY: SECRET, API_SECRET: SECRET },
    )
    assert.equal(code, 1)
    assert.match(stderr, /cannot be reached \(network\)\n.*perf-aggregator serve.*--url/)
    assert.ok(!stderr.includes(SECRET))
  })
})

test('an old Node is told which one is needed, in a sentence', (t) => {
  const entry = join(import.meta.dirname, '../../bin/perf-aggregator.js')
  const disguise = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`
  const run = spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(disguise)}`, entry], {
    encoding: 'utf8',
    env: {},
  })
  t.diagnostic(run.stderr.trim())
  assert.equal(run.status, 2)
  assert.match(run.stderr, /^perf-aggregator needs Node 26; this is Node 20\.20\.2\. .*npx perf-aggregator/)
  assert.equal(run.stderr.trim().split('\n').length, 1)
})
