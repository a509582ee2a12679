import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { AttestationError } from '../../src/errors.ts'
import {
  compareEventLogs,
  confirmReplay,
  describeEvent,
  type EventLogKind,
  readEventLog,
  registersThatDiffer,
  replayEventLog,
} from '../../src/event-log/index.ts'
import { mathematics } from '../mathematics.ts'

interface MadeEvent {
  readonly index: number
  readonly type?: number
  /** What is measured; its digests go into the log. */
  readonly of: string
  readonly data?: Uint8Array
}

const SHA256 = 0x000b
const SHA384 = 0x000c
const HASHES: Readonly<Record<number, string>> = { [SHA256]: 'sha256', [SHA384]: 'sha384' }

const u32 = (number: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return bytes
}
const u16 = (number: number): Buffer => u32(number).subarray(0, 2)
const digestOf = (algorithm: number, of: string): Buffer =>
  createHash(HASHES[algorithm] ?? '')
    .update(of)
    .digest()
const text = (ascii: string): Uint8Array => new Uint8Array(Buffer.from(ascii, 'latin1'))

function header(algorithms: readonly (readonly [number, number])[]): Buffer {
  const content = Buffer.concat([
    Buffer.from('Spec ID Event03\0'),
    Buffer.from([0, 0, 0, 0, 0, 2, 0, 2]),
    u32(algorithms.length),
    ...algorithms.flatMap(([algorithm, size]) => [u16(algorithm), u16(size)]),
    Buffer.from([0]),
  ])
  return Buffer.concat([u32(0), u32(3), Buffer.alloc(20), u32(content.length), content])
}

const HEADER = header([
  [SHA256, 32],
  [SHA384, 48],
])

function encode({ index, type = 0x80000008, of, data = new Uint8Array(0) }: MadeEvent): Buffer {
  const digests = [SHA256, SHA384].flatMap((algorithm) => [u16(algorithm), digestOf(algorithm, of)])
  return Buffer.concat([u32(index), u32(type), u32(2), ...digests, u32(data.length), data])
}

function log(events: readonly MadeEvent[], after: Uint8Array = new Uint8Array(0), first: Buffer = HEADER): Uint8Array {
  return new Uint8Array(Buffer.concat([first, ...events.map(encode), after]))
}

/** `SecureBoot` as UEFI_VARIABLE_DATA */
function variable(name: string): Uint8Array {
  const lengths = Buffer.alloc(16)
  lengths.writeUInt32LE(name.length)
  return new Uint8Array(Buffer.concat([Buffer.alloc(16), lengths, Buffer.from(name, 'utf16le')]))
}

const BOOT: readonly MadeEvent[] = [
  { index: 1, of: 'firmware' },
  { index: 1, type: 0x80000001, of: 'secure boot on', data: variable('SecureBoot') },
  { index: 1, type: 0x04, of: 'separator' },
  { index: 2, type: 0x80000003, of: 'shim' },
  { index: 3, type: 0x0d, of: 'kernel', data: text('linux /vmlinuz ro\0') },
]

async function expected(kind: EventLogKind, events: readonly MadeEvent[], index: number, start?: Uint8Array) {
  const algorithm = kind === 'tpm' ? SHA256 : SHA384
  let value: Uint8Array = start ?? new Uint8Array(kind === 'tpm' ? 32 : 48)
  for (const event of events.filter((one) => one.index === index && one.type !== 3)) {
    value = createHash(HASHES[algorithm] ?? '')
      .update(value)
      .update(digestOf(algorithm, event.of))
      .digest()
  }
  return new Uint8Array(value)
}

test('a TPM log gives its PCRs, a CCEL its RTMRs', async () => {
  const pcrs = await replayEventLog(readEventLog(log(BOOT), 'tpm'), mathematics)
  assert.deepEqual(Object.keys(pcrs), ['PCR1', 'PCR2', 'PCR3'])
  assert.deepEqual(pcrs['PCR1'], await expected('tpm', BOOT, 1))
  const rtmrs = await replayEventLog(readEventLog(log(BOOT), 'ccel'), mathematics)
  assert.deepEqual(Object.keys(rtmrs), ['RTMR0', 'RTMR1', 'RTMR2'])
  assert.deepEqual(rtmrs['RTMR0'], await expected('ccel', BOOT, 1))
})

test('PCR 0 begins with the locality, PCR 17 with ones; notes extend nothing', async () => {
  const events: readonly MadeEvent[] = [
    { index: 0, type: 3, of: '', data: new Uint8Array([...text('StartupLocality\0'), 3]) },
    { index: 0, of: 'firmware' },
    { index: 17, of: 'launch' },
  ]
  const pcrs = await replayEventLog(readEventLog(log(events), 'tpm'), mathematics)
  assert.deepEqual(pcrs['PCR0'], await expected('tpm', events, 0, new Uint8Array(32).with(31, 3)))
  assert.deepEqual(pcrs['PCR17'], await expected('tpm', events, 17, new Uint8Array(32).fill(0xff)))
})

test('padding of zeros or ones may follow a log, nothing else', () => {
  for (const byte of [0, 0xff]) {
    const padded = log(BOOT, new Uint8Array(300).fill(byte))
    assert.equal(readEventLog(padded, 'ccel').events.length, BOOT.length)
    assert.throws(() => readEventLog(padded.with(padded.length - 1, 1), 'ccel'), AttestationError)
  }
})

const altered = (alter: (bytes: Uint8Array) => Uint8Array): Uint8Array => alter(log(BOOT))
const REFUSED: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['a register in the header', altered((bytes) => bytes.with(0, 1))],
  ['a digest in the header', altered((bytes) => bytes.with(8, 1))],
  ['another signature', altered((bytes) => bytes.with(32, 0x20))],
  ['no algorithm', log([], undefined, header([]))],
  ['an algorithm of another size', log([], undefined, header([[SHA256, 31]]))],
  [
    'an algorithm twice',
    log(
      [],
      undefined,
      header([
        [SHA256, 32],
        [SHA256, 32],
      ]),
    ),
  ],
  ['no bank that is replayed', log([], undefined, header([[4, 20]]))],
  ['a digest too few', altered((bytes) => bytes.with(HEADER.length + 8, 1))],
  ['a digest of another algorithm', altered((bytes) => bytes.with(HEADER.length + 12, 4))],
  ['a digest twice', altered((bytes) => bytes.with(HEADER.length + 12 + 34, SHA256))],
  ['a register there is not', log([{ index: 24, of: '' }])],
  ['an event that ends beyond the log', altered((bytes) => bytes.with(HEADER.length + 12 + 34 + 50 + 2, 1))],
  ['half an event', altered((bytes) => bytes.slice(0, -1))],
  ['more than can be', new Uint8Array(4_194_305)],
]

for (const [what, bytes] of REFUSED) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => readEventLog(bytes, 'tpm'),
      (error) => error instanceof AttestationError && error.code === 'structure_malformed',
    )
  })
}

test('a register a CCEL cannot have is refused', () => {
  assert.throws(() => readEventLog(log([{ index: 5, of: '' }]), 'ccel'), AttestationError)
})

test('any bytes after the header are read or refused with a typed error', () => {
  const source = new Uint8Array(Buffer.concat(BOOT.map(encode)))
  const writes = fc.array(fc.tuple(fc.nat(source.length - 1), fc.nat(255)), { maxLength: 6 })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), writes), (some) => {
      const bytes = some instanceof Uint8Array ? some : some.reduce((one, [at, byte]) => one.with(at, byte), source)
      try {
        readEventLog(new Uint8Array(Buffer.concat([HEADER, bytes])), 'ccel')
      } catch (error) {
        assert.ok(error instanceof AttestationError)
      }
    }),
    { numRuns: 500 },
  )
})

test('registers in which log and hardware disagree are named', async () => {
  const replayed = await replayEventLog(readEventLog(log(BOOT), 'ccel'), mathematics)
  const zeros = new Uint8Array(48)
  const quoted = { ...replayed, RTMR3: zeros, MRTD: new Uint8Array(48).fill(1) }
  assert.deepEqual(registersThatDiffer(replayed, quoted), [])
  assert.deepEqual(registersThatDiffer(replayed, { ...quoted, RTMR1: zeros }), ['RTMR1'])
  assert.deepEqual(registersThatDiffer(replayed, { ...quoted, RTMR3: zeros.with(0, 1) }), ['RTMR3'])
  assert.deepEqual(registersThatDiffer(replayed, { RTMR0: replayed['RTMR0'] ?? zeros }), ['RTMR1', 'RTMR2'])
})

test('the component that changed is named, and what was added and removed', () => {
  const reference = readEventLog(log(BOOT), 'ccel')
  const summary = (events: readonly MadeEvent[]): readonly string[] =>
    compareEventLogs(reference, readEventLog(log(events), 'ccel')).map(
      ({ register, place, kind, component }) => `${register} ${place} ${kind}: ${component}`,
    )
  assert.deepEqual(summary(BOOT), [])
  const off = { index: 1, type: 0x80000001, of: 'secure boot off', data: variable('SecureBoot') }
  assert.deepEqual(summary(BOOT.with(1, off)), ['RTMR0 2 changed: UEFI variable: SecureBoot'])
  const kernel = { index: 3, type: 0x0d, of: 'other kernel', data: text('linux /vmlinuz-6.9') }
  assert.deepEqual(summary(BOOT.with(4, kernel)), [
    'RTMR2 1 changed: boot loader, kernel or its command line: linux /vmlinuz-6.9',
  ])
  assert.deepEqual(summary(BOOT.toSpliced(1, 1)), ['RTMR0 2 removed: UEFI variable: SecureBoot'])
  assert.deepEqual(summary(BOOT.toSpliced(3, 0, { index: 2, type: 0x80000004, of: 'driver' })), [
    'RTMR1 1 added: UEFI driver (boot time)',
  ])
  assert.deepEqual(summary(BOOT.slice(0, 4)), [
    'RTMR2 1 removed: boot loader, kernel or its command line: linux /vmlinuz ro',
  ])
  assert.deepEqual(summary([{ index: 1, of: 'other firmware' }, off, ...BOOT.slice(2)]), [
    'RTMR0 1 changed: firmware volume',
    'RTMR0 2 changed: UEFI variable: SecureBoot',
  ])
})

test('a log compared with itself differs in nothing; with one event altered, in that register alone', () => {
  const event = fc.record({
    index: fc.integer({ min: 1, max: 4 }),
    of: fc.string(),
    type: fc.constantFrom(1, 4, 0x80000008),
  })
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 12 }), fc.nat(), (events, seed) => {
      const reference = readEventLog(log(events), 'ccel')
      assert.deepEqual(compareEventLogs(reference, reference), [])
      const at = seed % events.length
      const one = events[at]
      assert.ok(one)
      const changes = compareEventLogs(
        reference,
        readEventLog(log(events.with(at, { ...one, of: `${one.of} altered` })), 'ccel'),
      )
      assert.ok(changes.length > 0)
      assert.deepEqual(new Set(changes.map(({ register }) => register)), new Set([`RTMR${one.index - 1}`]))
    }),
    { numRuns: 200 },
  )
})

test('text of a log that is not plain is not shown', () => {
  assert.equal(describeEvent({ type: 0x0d, data: text('\u001b[2J') }), 'boot loader, kernel or its command line')
  assert.equal(describeEvent({ type: 0x80000001, data: variable('<b>') }), 'UEFI variable')
  assert.equal(describeEvent({ type: 0x80000001, data: new Uint8Array(3) }), 'UEFI variable')
  assert.equal(
    describeEvent({ type: 0x0d, data: new Uint8Array(65).fill(0x41) }),
    'boot loader, kernel or its command line',
  )
  assert.equal(describeEvent({ type: 0x99, data: text('x') }), 'event of another type')
})

test('what hardware says of a log: confirmed, wrong, not quoted, and extended by others', async () => {
  const replayed = await replayEventLog(
    readEventLog(
      log([
        { index: 2, of: 'a' },
        { index: 10, of: 'b' },
        { index: 11, of: 'c' },
      ]),
      'tpm',
    ),
    mathematics,
  )
  const zeros = new Uint8Array(32)
  const quoted = {
    PCR2: replayed['PCR2'] ?? zeros,
    PCR10: zeros,
    PCR3: zeros,
    PCR4: zeros.with(0, 1),
    MRTD: zeros.with(0, 1),
  }
  assert.deepEqual(confirmReplay(replayed, quoted), {
    confirmed: ['PCR2'],
    differing: ['PCR10'],
    notQuoted: ['PCR11'],
    notLogged: ['PCR4'],
  })
})
