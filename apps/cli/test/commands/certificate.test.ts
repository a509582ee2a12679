import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { CERTIFICATE_CHECKS } from '@perf-aggregator/client'
import { certificateMaker, samplePerformance } from '@perf-aggregator/testkit'
import { withOneDigitAltered } from '../../src/demo/alter.ts'
import { run, temporaryFolder } from '../tool.ts'

const folder = temporaryFolder()
const maker = certificateMaker(samplePerformance(12))
const made = await maker.make()
const [release = ''] = maker.trust.measurements

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const genuine = file('certificate.json', made.text)
const altered = file('altered.json', withOneDigitAltered(made.text).file)

interface Report {
  readonly verified: boolean
  readonly certificate_id: string | null
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly code?: string }[]
  readonly claims?: object | null
}

const failures = ({ checks }: Report): unknown =>
  checks.flatMap(({ name, outcome, code }) => (outcome === 'failed' ? [[name, code]] : []))

suite('certificate verify and show', { concurrency: 2 }, () => {
  test('a genuine certificate: every check by name, in lines that fit, exit 0', async () => {
    const trust = ['--measurement', release, '--log-key', ...maker.trust.logKeys]
    const { code, stdout, stderr } = await run(['certificate', 'verify', genuine, '--allow-simulator', ...trust])
    assert.equal(code, 0, stdout)
    for (const name of CERTIFICATE_CHECKS) assert.match(stdout, new RegExp(`^pass  ${name} +\\S`, 'm'))
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
    assert.match(stdout, new RegExp(`SIMULATOR[^]*VERIFIED ${made.id}\n$`))
    assert.equal(stderr, '')
  })

  test('without a measurement the report says what was not checked', async () => {
    const { code, stdout } = await run(['certificate', 'verify', genuine, '--allow-simulator'])
    assert.equal(code, 0)
    assert.match(stdout, /^SKIP {2}measurement +no --measurement was given: any release is accepted$/m)
  })

  test('a simulator nobody allowed: exit 10, and how to allow it', async () => {
    const { code, stdout, stderr } = await run(['certificate', 'verify', genuine, '--measurement', release])
    assert.equal(code, 10)
    assert.match(stdout, /^FAIL {2}evidence +evidence_type_unknown: /m)
    assert.match(stdout, /^NOT VERIFIED: evidence/m)
    assert.match(stderr, /--allow-simulator accepts a simulator, for development/)
  })

  test('another release than the reader accepts: exit 10', async () => {
    const args = ['certificate', 'verify', genuine, '--allow-simulator', '--measurement', '00'.repeat(32)]
    const { code, stdout } = await run(args)
    assert.equal(code, 10)
    assert.match(stdout, /^FAIL {2}measurement +measurement_unknown: /m)
  })

  test('one digit altered: exit 10, and the checks that failed', async () => {
    const { code, stdout } = await run(['certificate', 'verify', altered, '--allow-simulator'])
    assert.equal(code, 10)
    assert.match(stdout, /NOT VERIFIED: signature_ed25519, signature_mldsa65, inclusion\n$/)
    const { code: exit, stdout: json } = await run(['certificate', 'verify', altered, '--allow-simulator', '--json'])
    assert.equal(exit, 10)
    assert.deepEqual(failures(JSON.parse(json) as Report), [
      ['signature_ed25519', 'signature_invalid'],
      ['signature_mldsa65', 'signature_invalid'],
      ['inclusion', 'inclusion_mismatch'],
    ])
  })

  const broken: readonly (readonly [string, string, string, string])[] = [
    ['truncated', made.text.slice(0, -200), 'format', 'json_malformed'],
    ['no JSON', 'hello', 'format', 'json_malformed'],
    ['empty', '', 'format', 'json_malformed'],
    [
      'of another media type',
      made.text.replace('certificate.v1+json', 'certificate.v2+json'),
      'media_type',
      'certificate_media_type',
    ],
  ]
  for (const [name, content, check, expected] of broken) {
    test(`${name}: exit 10 and the check`, async () => {
      const path = file(`${name}.json`, content)
      const { code, stdout } = await run(['certificate', 'verify', path, '--allow-simulator', '--json'])
      assert.equal(code, 10)
      const report = JSON.parse(stdout) as Report
      assert.equal(report.verified, false)
      assert.deepEqual(failures(report), [[check, expected]])
      assert.equal(report.checks.length, CERTIFICATE_CHECKS.length)
    })
  }

  test('a program is given the checks with their digests whole', async () => {
    const { code, stdout } = await run(['certificate', 'verify', genuine, '--allow-simulator', '--json'])
    assert.equal(code, 0)
    const report = JSON.parse(stdout) as Report
    assert.equal(report.certificate_id, made.id)
    assert.deepEqual(
      report.checks.map(({ name }) => name),
      CERTIFICATE_CHECKS,
    )
    assert.match(stdout, /by key [\w-]{43}"/)
  })

  test('show shows what a verified certificate says', async () => {
    const { code, stdout } = await run(['certificate', 'show', genuine, '--allow-simulator'])
    assert.equal(code, 0)
    assert.match(stdout, /^VERIFIED[^]*SIMULATOR[^]*time-weighted return +\+12\.34 %[^]*COIN11\/USDT/)
    for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
  })

  test('show shows nothing of what an unverified one says', async () => {
    for (const options of [[], ['--json']]) {
      const { code, stdout } = await run(['certificate', 'show', altered, '--allow-simulator', ...options])
      assert.equal(code, 10)
      // Figures, markets, accounts, subject: all of the payload.
      for (const said of ['12.34', '0.1234', 'COIN', 'account-11', 'trader-7f3a', '12,477', '12477']) {
        assert.ok(!stdout.includes(said), said)
      }
      if (options.length > 0) assert.equal((JSON.parse(stdout) as Report).claims, null)
      else assert.match(stdout, /NOT VERIFIED: signature_ed25519.*\nnot shown: what it says is worth nothing\n$/)
    }
  })

  test('a certificate full of control characters drives no terminal', async () => {
    const hostile = await maker.make({ claims: (claims) => ({ ...claims, sub: '\u001B[2J\u001B]0;owned\u0007' }) })
    for (const command of ['verify', 'show']) {
      const { stdout, stderr } = await run([
        'certificate',
        command,
        file('hostile.json', hostile.text),
        '--allow-simulator',
      ])
      // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
      assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/)
    }
  })

  test('verification leaves the file as it was', () => {
    assert.equal(readFileSync(genuine, 'utf8'), made.text)
  })
})
