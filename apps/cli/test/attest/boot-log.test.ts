import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { appraisers } from '@perf-aggregator/attestation'
import { amdMachine } from '@perf-aggregator/testkit/vendor-pki'
import { snpAppraiser } from '../../../../packages/attestation/src/snp/appraiser.ts'
import { tdxAppraiser } from '../../../../packages/attestation/src/tdx/appraiser.ts'
import { intelMachine } from '../../../../packages/testkit/src/vendor-pki/intel.ts'
import { type BootLogFlags, UnreadableLog } from '../../src/attest/boot-log.ts'
import { readInputs } from '../../src/attest/inputs.ts'
import { type Demands, type Judged, judge } from '../../src/attest/judge.ts'
import { outcomeOf, verdictJson } from '../../src/attest/verdict-json.ts'
import { evidenceLines, verdictLines } from '../../src/display/verdict.ts'
import { UsageError } from '../../src/settings/usage-error.ts'
import { run, temporaryFolder } from '../tool.ts'

const NOW = 1_790_000_000
const folder = temporaryFolder()
const RTMR0 = 328
const SIZE = 48

interface MadeEvent {
  /** 1 is RTMR0. */
  readonly index: number
  readonly type: number
  readonly of: string
  readonly data: string
}

const sha384 = (...parts: readonly (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha384')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const words = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [at, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * at)
  return bytes
}

function ccel(events: readonly MadeEvent[]): Uint8Array {
  const algorithms = Buffer.from([1, 0, 0, 0, 0x0c, 0, SIZE, 0, 0])
  const specification = Buffer.concat([
    Buffer.from('Spec ID Event03\0'),
    Buffer.from([0, 0, 0, 0, 0, 2, 0, 2]),
    algorithms,
  ])
  const header = Buffer.concat([words(0, 3), Buffer.alloc(20), words(specification.length), specification])
  const entries = events.map(({ index, type, of, data }) =>
    Buffer.concat([words(index, type, 1), Buffer.from([0x0c, 0]), sha384(of), words(data.length), Buffer.from(data)]),
  )
  return new Uint8Array(Buffer.concat([header, ...entries, Buffer.alloc(64)]))
}

function replayed(events: readonly MadeEvent[], index: number): Uint8Array {
  const own = events.filter((event) => event.index === index)
  return own.reduce((value: Uint8Array, { of }) => sha384(value, sha384(of)), new Uint8Array(SIZE))
}

const TRUSTED: readonly MadeEvent[] = [
  { index: 1, type: 0x80000008, of: 'firmware', data: '' },
  { index: 2, type: 0x0d, of: 'kernel 1', data: 'linux /vmlinuz ro\0' },
  { index: 3, type: 0x0d, of: 'initrd', data: 'initrd\0' },
]
const BOOTED = TRUSTED.map((event) => (event.index === 2 ? { ...event, of: 'kernel 2' } : event))

const machine = intelMachine({
  now: NOW,
  tee: 'tdx',
  body: (body) => {
    for (const index of [1, 2, 3]) body.set(replayed(BOOTED, index), RTMR0 + SIZE * (index - 1))
    body.set(new Uint8Array(SIZE).fill(7), RTMR0 + 3 * SIZE)
    return body
  },
})

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const quote = put('quote.bin', machine.quote)
const { collateral } = machine
const pieces = [
  put('tcbInfo.json', collateral['tcb-info']),
  put('qeIdentity.json', collateral['qe-identity']),
  put('chain.pem', collateral['tcb-info-issuer-chain']),
  put('pck.crl', collateral['pck-crl']),
  put('root.crl', collateral['root-ca-crl']),
]
const booted = put('booted.ccel', ccel(BOOTED))
const trusted = put('trusted.b64', Buffer.from(ccel(TRUSTED)).toString('base64'))

async function judged(bootLog: BootLogFlags): Promise<Judged> {
  const [given] = readInputs([quote], { collateral: pieces }).evidence
  assert.ok(given)
  const demands: Demands = { moment: NOW, policy: null, tee: null, nonce: null, revocationSkip: null, bootLog }
  return judge(given, demands, appraisers(tdxAppraiser(machine.roots)))
}

interface BootLogJson {
  readonly registers: Readonly<Record<string, readonly string[]>>
  readonly events: readonly { register: string; place: number; component: string }[]
  readonly changes: readonly { kind: string; component: string }[] | null
}

const jsonOf = (one: Judged): BootLogJson =>
  (JSON.parse(JSON.stringify(verdictJson(one))) as { event_log: BootLogJson }).event_log

test('a log that gives what hardware signed is confirmed, register by register, and what it does not hold is said', async () => {
  const one = await judged({ eventLog: booted })
  assert.equal(outcomeOf(one), 'accepted')
  const { registers, events, changes } = jsonOf(one)
  assert.deepEqual(registers, {
    confirmed: ['RTMR0', 'RTMR1', 'RTMR2'],
    differing: [],
    not_quoted: [],
    not_logged: ['RTMR3'],
  })
  assert.equal(events[1]?.component, 'boot loader, kernel or its command line: linux /vmlinuz ro')
  assert.equal(changes, null)
  const lines = verdictLines(one, 120).join('\n')
  assert.match(lines, /^SKIP {2}RTMR3 {2}extended, and the log has no event of it$/m)
  assert.match(lines, /^ACCEPTED as genuine hardware$/m)
  assert.match(evidenceLines(one, 120).join('\n'), /^RTMR1 event 1 {2}\S+ {2}boot loader, kernel or its command line/m)
})

test('beside the log of a boot that is trusted the component that changed is named', async () => {
  const one = await judged({ eventLog: booted, referenceLog: trusted })
  assert.equal(outcomeOf(one), 'accepted')
  assert.deepEqual(
    jsonOf(one).changes?.map(({ kind, component }) => `${kind} ${component}`),
    ['changed boot loader, kernel or its command line: linux /vmlinuz ro'],
  )
  assert.match(
    verdictLines(one, 120).join('\n'),
    /^changed {2}RTMR1 event 1 {2}boot loader, kernel or its command line/m,
  )
  const same = await judged({ eventLog: booted, referenceLog: booted })
  assert.match(verdictLines(same, 120).join('\n'), /^nothing changed since the reference$/m)
})

test('a log of another boot is a rejection, and names the registers that say so', async () => {
  const one = await judged({ eventLog: trusted })
  assert.equal(outcomeOf(one), 'rejected')
  assert.deepEqual(jsonOf(one).registers['differing'], ['RTMR1'])
  const lines = verdictLines(one, 120).join('\n')
  assert.match(lines, /^FAIL {2}RTMR1 {2}its events give [0-9a-f]+…, hardware signed [0-9a-f]+…$/m)
  assert.match(lines, /^REJECTED: event_log_mismatch$/m)
  const empty = await judged({ eventLog: put('empty.ccel', ccel([])) })
  assert.equal(outcomeOf(empty), 'rejected')
})

test('what is no log, a reference alone, and evidence without registers', async () => {
  await assert.rejects(judged({ eventLog: quote }), UnreadableLog)
  await assert.rejects(judged({ referenceLog: trusted }), UsageError)
  const { report, roots } = amdMachine({ now: NOW })
  const [given] = readInputs([put('report.bin', report)], {}).evidence
  assert.ok(given)
  const demands = {
    moment: NOW,
    policy: null,
    tee: null,
    nonce: null,
    revocationSkip: null,
    bootLog: { eventLog: booted },
  }
  await assert.rejects(judge(given, demands, appraisers(snpAppraiser(roots))), UsageError)
})

test('on the command line: exit code 10 for another boot, 20 for what is no log, 2 for several boots', async () => {
  const args = ['attest', 'verify', quote, '--collateral', ...pieces, '--at', String(NOW), '--json']
  const other = await run([...args, '--event-log', trusted])
  assert.equal(other.code, 10)
  const [result] = (JSON.parse(other.stdout) as { results: { failures: string[] }[] }).results
  assert.ok(result?.failures.includes('event_log_mismatch'))
  const none = await run([...args, '--event-log', pieces[0] ?? ''])
  assert.equal(none.code, 20)
  assert.match(none.stdout, /event_log_malformed/)
  const two = await run(['attest', 'verify', quote, quote, '--event-log', booted])
  assert.equal(two.code, 2)
})
