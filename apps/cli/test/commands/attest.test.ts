import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { appraisers } from '@perf-aggregator/attestation'
import { encodeBase64, encodeHex } from '@perf-aggregator/attestation/bytes'
import { readPolicyFile } from '@perf-aggregator/attestation/policy-file'
import { amdMachine, nitroEnclave } from '@perf-aggregator/testkit/vendor-pki'
import { nitroAppraiser } from '../../../../packages/attestation/src/nitro/appraiser.ts'
import { snpAppraiser } from '../../../../packages/attestation/src/snp/appraiser.ts'
import { tdxAppraiser } from '../../../../packages/attestation/src/tdx/appraiser.ts'
import { intelMachine } from '../../../../packages/testkit/src/vendor-pki/intel.ts'
import { readInputs } from '../../src/attest/inputs.ts'
import { type Demands, judge } from '../../src/attest/judge.ts'
import { verdictJson } from '../../src/attest/verdict-json.ts'
import { evidenceLines, verdictLines } from '../../src/display/verdict.ts'
import { run, temporaryFolder } from '../tool.ts'

const NOW = 1_790_000_000
const folder = temporaryFolder()
const machine = amdMachine({ now: NOW })
const tdx = intelMachine({
  now: NOW,
  tee: 'tdx',
  platform: { components: [8, 8, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0] },
})
const nitro = nitroEnclave({ now: NOW })

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const report = put('report.bin', machine.report)
const chain = machine.chain.map((der, at) => put(`${at}.der`, der))
const crl = put('crl.der', machine.revoke([]))
const document = put('document.cose', nitro.document)
const truncated = put('truncated.bin', machine.report.subarray(0, 1000))
const note = put('note.txt', 'a note\n')
const example = join(import.meta.dirname, '../../../../docs/examples/policies/snp.json')
const lacking = put('policy.json', readFileSync(example, 'utf8').replace('"vmpl": 0,', ''))

suite('attest', { concurrency: 2 }, () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no file', ['verify'], /missing required argument 'file'/],
    [
      'a family there is not',
      ['verify', report, '--tee', 'sev'],
      /Allowed choices are nitro, sgx, tdx, snp, azure-vtpm/,
    ],
    ['a moment that is none', ['verify', report, '--at', 'yesterday'], /--at takes an instant such as/],
    [
      'the time of a report without one',
      ['verify', report, '--at', 'document'],
      /report\.bin carries no time of its own/,
    ],
    ['a nonce that is none', ['verify', report, '--nonce', '='], /--nonce takes hexadecimal, base64 or base64url/],
    ['no reason', ['verify', report, '--revocation-skip', ' '], /--revocation-skip takes a reason/],
    [
      'a reason beside a policy',
      ['verify', report, '--policy', example, '--revocation-skip', 'x'],
      /a policy says itself what is skipped/,
    ],
    [
      'a policy without a member',
      ['verify', report, '--policy', lacking, '--nonce', '00'],
      /families\.snp\.vmpl: missing/,
    ],
    ['a policy that wants a nonce', ['verify', report, '--policy', example], /nonce: has to be given/],
    ['a file that is not there', ['show', join(folder, 'missing')], /missing cannot be read: no such file/],
    ['nothing to judge', ['verify', ...chain], /no evidence among these files/],
    ['a bundle with nowhere to go', ['bundle', report], /required option '--out <file>'/],
    ['two in one bundle', ['bundle', report, document, '--out', join(folder, 'x')], /holds one piece of evidence/],
    ['a bundle of what is none', ['bundle', report, note, '--out', join(folder, 'x')], /note\.txt: .*\(file_unknown\)/],
  ]
  for (const [name, args, sentence] of wrong) {
    test(`${name} ends with 2 and the way out`, async () => {
      const { code, stdout, stderr } = await run(['attest', ...args])
      assert.equal(code, 2, stderr)
      assert.equal(stdout, '')
      assert.match(stderr, sentence)
      assert.doesNotMatch(stderr, /\n {4}at /)
    })
  }

  test('a vendor that does not exist is rejected for that alone, and the output says what else was not looked at', async () => {
    const { code, stdout } = await run(['attest', 'verify', report, ...chain, crl, '--at', String(NOW)])
    assert.equal(code, 10)
    assert.match(stdout, /^REJECTED: root_untrusted$/m)
    assert.match(stdout, /^judged at {2}2026-09-21T14:13:20Z$/m)
    assert.equal(stdout.match(/^HARDWARE ONLY: the measurement was not checked/gm)?.length, 2)
    assert.match(stdout.trimEnd().split('\n').at(-1) ?? '', /^HARDWARE ONLY/)
  })

  test('without a list revocation is not checked, and the last line says so, with the reason that was given', async () => {
    const args = ['attest', 'verify', report, ...chain, '--at', String(NOW)]
    const without = await run(args)
    assert.match(without.stdout, /^REJECTED: root_untrusted$/m)
    assert.match(without.stdout, /REVOCATION NOT CHECKED: no revocation list was given; [^\n]*\n$/)
    const skipped = await run([...args, '--revocation-skip', 'a test'])
    assert.match(skipped.stdout, /REVOCATION NOT CHECKED: a test\n$/)
    const other = await run([...args, '--collateral', put('other.crl', tdx.collateral['root-ca-crl']), '--json'])
    const [rejected] = (JSON.parse(other.stdout) as { results: [{ failures: string[] }] }).results
    assert.deepEqual(rejected.failures, ['root_untrusted', 'crl_missing'])
  })

  test('of several files the worst decides: what cannot be read, before what does not hold', async () => {
    const { code, stdout } = await run(['attest', 'verify', report, truncated, note, '--json'])
    assert.equal(code, 20)
    const { results } = JSON.parse(stdout) as { results: { outcome: string; failures: string[] }[] }
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['rejected', 'malformed', 'malformed'],
    )
    assert.deepEqual(results[2]?.failures, ['file_unknown'])
  })

  test('what a quote without collateral lacks is Intel’s, and no word is said of AMD', async () => {
    const { code, stdout } = await run(['attest', 'verify', put('alone.bin', tdx.quote), '--at', String(NOW)])
    assert.equal(code, 10)
    assert.match(stdout, /^collateral is missing: --collateral FILE or FOLDER gives it/m)
    assert.doesNotMatch(stdout, /AMD|^revocation lists are missing/m)
    assert.match(stdout, /way out: docs\/errors\.md\nREJECTED: [^\n]*intel_collateral_missing/)
  })

  test('evidence without the keys that a policy asks for: what to skip is said', async () => {
    const { stdout } = await run(['attest', 'verify', report, ...chain, crl, '--policy', example, '--nonce', '00'])
    assert.match(stdout, /^REJECTED: .*binding_malformed/m)
    assert.match(stdout, /skip "binding" and "notAfter" in the policy$/m)
  })

  test('a file whose name would draw on the terminal does not', async () => {
    const stranger = join(folder, 'stranger')
    mkdirSync(stranger)
    const name = 'report\u001b[2J\nACCEPTED as genuine.bin'
    writeFileSync(join(stranger, name), machine.report)
    const { stdout } = await run(['attest', 'verify', stranger, '--at', String(NOW)])
    assert.match(stdout, /report\?\[2J\?ACCEPTED as genuine\.bin$/m)
    assert.doesNotMatch(stdout, /^ACCEPTED/m)
    assert.ok(!stdout.includes('\u001b'))
    const json = await run(['attest', 'verify', stranger, '--at', String(NOW), '--json'])
    const { results } = JSON.parse(json.stdout) as { results: { file: string }[] }
    assert.deepEqual(
      results.map(({ file }) => file),
      [join(stranger, name)],
    )
    const unread = put('note\u001b[2J.txt', 'no evidence')
    assert.match((await run(['attest', 'verify', unread])).stdout, /^MALFORMED \S*note\?\[2J\.txt: /)
  })

  test('a document that is cut short is malformed, also at its own time', async () => {
    const cut = put('cut.cose', nitro.document.subarray(0, -40))
    const { code, stdout } = await run(['attest', 'verify', cut, '--at', 'document'])
    assert.equal(code, 20)
    assert.match(stdout, /^MALFORMED: evidence_malformed$/m)
  })

  test('a nonce is taken in every spelling, and another one is refused', async () => {
    const nonce = new Uint8Array(64).fill(0x5d)
    const spelt = [encodeHex(nonce), `0x${encodeHex(nonce).toUpperCase()}`, encodeBase64(nonce)]
    for (const [at, value] of [...spelt, encodeHex(nonce.with(63, 0))].entries()) {
      const { stdout } = await run(['attest', 'verify', '--nonce', value, report, ...chain, crl, '--at', String(NOW)])
      const failures = at < spelt.length ? 'root_untrusted' : 'root_untrusted, nonce_mismatch'
      assert.match(stdout, new RegExp(`^REJECTED: ${failures}$`, 'm'))
    }
  })

  test('show says that it is not verified, and where the vendor has the rest', async () => {
    const { code, stdout } = await run(['attest', 'show', report, '--at', String(NOW)])
    assert.equal(code, 10)
    assert.match(stdout, /^MEASUREMENT +a1a1a1a1a1a1…$/m)
    assert.match(stdout, /not to be believed\.$/m)
    assert.match(stdout, /kdsintf\.amd\.com\/vcek\/v1\/Milan\/[0-9a-f]{128}\?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219/)
  })

  test('a bundle is verified like its parts', async () => {
    const out = join(folder, 'bundle.json')
    const made = await run(['attest', 'bundle', report, ...chain, crl, '--at', String(NOW), '--out', out])
    assert.equal(made.code, 0)
    assert.match(made.stdout, /snp evidence with 4 endorsements/)
    assert.match(made.stderr, /would be rejected as genuine hardware: root_untrusted/)
    const { stdout } = await run(['attest', 'verify', out, '--at', String(NOW)])
    assert.match(stdout, /^REJECTED: root_untrusted$/m)
  })
})

test('evidence is found behind flags that take any number of files, and not twice', () => {
  const shuffled = [
    readInputs([], { collateral: [crl, report], endorsement: chain }),
    readInputs([], { endorsement: [...chain, report], collateral: [crl] }),
    readInputs([crl], { endorsement: [...chain, report] }),
    readInputs([report], { endorsement: chain, collateral: [crl, report] }),
    readInputs([report, ...chain, crl], {}),
  ]
  for (const { evidence, unread } of shuffled) {
    assert.deepEqual(unread, [])
    assert.equal(evidence.length, 1)
    assert.equal(evidence[0]?.file, report)
    assert.equal(evidence[0]?.endorsements.length, 4)
  }
})

test('evidence nothing gives away takes its family from --tee wherever it stands, and none from a folder', () => {
  const noise = put('noise.bin', new Uint8Array(2000).fill(9))
  assert.equal(readInputs([], { tee: 'snp', collateral: [crl, noise] }).evidence[0]?.evidence.type, 'snp')
  assert.deepEqual(readInputs([report], { tee: 'snp', collateral: [noise] }).unread[0]?.code, 'file_unknown')
  assert.throws(() => readInputs([], { collateral: [folder] }), /no evidence among these files/)
})

const DEMANDS: Demands = { moment: NOW, policy: null, tee: null, nonce: null, revocationSkip: null }

test('accepted evidence: every check named, the time in which it holds, and claims under the names of RFC 9711', async () => {
  const [given] = readInputs([report, ...chain, crl], {}).evidence
  assert.ok(given)
  const judged = await judge(given, DEMANDS, appraisers(snpAppraiser(machine.roots)))
  const lines = verdictLines(judged, 100).join('\n')
  for (const { name } of judged.verdict.checks) assert.ok(lines.includes(name), name)
  assert.match(lines, /^ACCEPTED as genuine hardware$/m)
  assert.match(lines, /^holds {2}from 2026-09-20T14:13:20Z \(AMD chain, .*\n? *.*to 2026-09-22T14:13:20Z/m)
  const json = JSON.parse(JSON.stringify(verdictJson(judged))) as {
    outcome: string
    claims: { submods: { snp: { dbgstat: string; report_data: string } } }
  }
  assert.equal(json.outcome, 'accepted')
  assert.equal(json.claims.submods.snp.dbgstat, 'disabled-since-boot')
  assert.equal(json.claims.submods.snp.report_data, '5d'.repeat(64))
  assert.doesNotMatch(evidenceLines(judged, 100).join('\n'), /not to be believed/)
})

test('under a policy that names the measurement nothing is said of hardware only', async () => {
  const [given] = readInputs([report, ...chain, crl], {}).evidence
  assert.ok(given)
  const skip = '{ "skip": "a machine of the test vendor runs no enclave" }'
  const unbound = readFileSync(example, 'utf8').replace(/"(binding|notAfter)": "\w+"/g, `"$1": ${skip}`)
  const policy = readPolicyFile(Buffer.from(unbound), { nonce: new Uint8Array(64).fill(0x5d) })
  const judged = await judge(given, { ...DEMANDS, policy }, appraisers(snpAppraiser(machine.roots)))
  assert.deepEqual(judged.warnings, [])
  assert.match(verdictLines(judged, 100).join('\n'), /^ACCEPTED under the policy$/m)
  const other = await judge(given, { ...DEMANDS, policy, tee: 'tdx' }, appraisers(snpAppraiser(machine.roots)))
  assert.ok(!other.verdict.accepted && other.verdict.failures.includes('family_refused'))
})

test('what is short is named, with what it has, needs and means', async () => {
  const quote = put('quote.bin', tdx.quote)
  const names = { 'tcb-info': 'tcbInfo.json', 'qe-identity': 'qeIdentity.json' } as const
  const files = [
    ...(['tcb-info', 'qe-identity'] as const).map((name) => put(names[name], tdx.collateral[name])),
    put('chain.pem', tdx.collateral['tcb-info-issuer-chain']),
    put('pck.crl', tdx.collateral['pck-crl']),
    put('root.crl', tdx.collateral['root-ca-crl']),
  ]
  const [given] = readInputs([quote], { collateral: files }).evidence
  assert.ok(given)
  const judged = await judge(given, DEMANDS, appraisers(tdxAppraiser(tdx.roots)))
  assert.ok(!judged.verdict.accepted)
  assert.deepEqual(judged.verdict.failures, ['tcb_status_refused', 'advisory_not_allowed'])
  assert.match(verdictLines(judged, 100).join('\n'), /^short: SGX component \d+.* is 2, needs 3: INTEL-SA-00615$/m)
})

test('a document is judged as of its own time when that is asked, and says so', async () => {
  const lists = nitro.crls().map((der, at) => put(`nitro-${at}.crl`, der))
  const [given] = readInputs([document, ...lists], {}).evidence
  assert.ok(given)
  const judged = await judge(given, { ...DEMANDS, moment: 'document' }, appraisers(nitroAppraiser(nitro.roots)))
  assert.ok(judged.verdict.accepted)
  assert.equal(judged.verdict.at, NOW - 1)
  assert.match(verdictLines(judged, 120).join('\n'), /the document's own time, for which only its signature vouches/)
})
