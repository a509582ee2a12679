/** The fuzzer itself: the same seed gives the same inputs, genuine starts are read, and each broken promise is noticed. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type FuzzedParser, FuzzFinding, fuzz } from '../conformance/fuzz/fuzz.ts'
import { attestationParsers, protocolParsers } from '../conformance/fuzz/parsers.ts'
import { makeSamples } from '../conformance/fuzz/samples.ts'
import { readCbor } from '../src/cbor/index.ts'
import { readDer } from '../src/der/index.ts'
import { AttestationError } from '../src/errors.ts'

const refuse = (): never => {
  throw new AttestationError('der_malformed', 'refused')
}

function parser(read: FuzzedParser['read'], form: FuzzedParser['form'] = 'bytes'): FuzzedParser {
  return { name: 'parser', form, read, samples: [Uint8Array.from(Buffer.from('30080201050403010203', 'hex'))] }
}

test('every start is read, and each parser both reads and refuses what it is given', async () => {
  const samples = await makeSamples(null)
  for (const one of [...attestationParsers(samples), ...protocolParsers(samples)]) {
    for (const start of one.samples) one.read(start.slice())
    const { inputs, accepted, refused } = fuzz(one, 150, 7)
    assert.equal(
      [...refused.values()].reduce((sum, count) => sum + count, accepted),
      inputs,
      one.name,
    )
    assert.ok(refused.size > 0, one.name)
  }
})

for (const form of ['bytes', 'der', 'cbor', 'json'] as const) {
  test(`the same seed gives the same inputs, another gives others: ${form}`, () => {
    const inputsOf = (seed: number): string => {
      const seen: string[] = []
      // One that seemed slow is read again.
      const note = (input: string): unknown => input === seen.at(-1) || seen.push(input)
      const noting = parser((input) => note(Buffer.from(input).toString('hex')), form)
      fuzz(noting, 200, seed)
      return createHash('sha256').update(seen.join()).digest('hex')
    }
    assert.equal(inputsOf(1), inputsOf(1))
    assert.notEqual(inputsOf(1), inputsOf(2))
  })
}

test('mutations that know the format keep it often', () => {
  for (const [form, read, start] of [
    ['der', readDer, '30080201050403010203'],
    ['cbor', readCbor, 'a26161820102616243010203'],
    [
      'json',
      (input: Uint8Array): unknown => JSON.parse(Buffer.from(input).toString()),
      Buffer.from('{"a":[1,"b"]}').toString('hex'),
    ],
  ] as const) {
    const one = { name: form, form, samples: [Uint8Array.from(Buffer.from(start, 'hex'))] }
    const counted = fuzz({ ...one, read: (input) => orRefuse(() => read(input)) }, 1000, 3)
    assert.ok(counted.accepted > 200, `${form}: ${counted.accepted}`)
  }
})

test('an error without a code is found, and the input told', () => {
  const broken = parser((input) => {
    if (input.length > 11) throw new RangeError('oops')
  })
  assert.throws(
    () => fuzz(broken, 1000, 1),
    (error) => error instanceof FuzzFinding && error.message.includes('input in base64'),
  )
})

test('an input that takes long is found', () => {
  const slow = parser((input) => {
    if (input.length < 12) return
    // Time of the processor, as it is measured: on a busy machine 150 ms of the clock may be few of it.
    for (const began = process.threadCpuUsage(); process.threadCpuUsage(began).user < 150_000; );
  })
  assert.throws(
    () => fuzz(slow, 1000, 1),
    (error) => error instanceof FuzzFinding && error.message.includes('took'),
  )
})

test('a parser that keeps what it read is found', () => {
  const kept: unknown[] = []
  const hoarder = parser(() => kept.push(new Uint8Array(4000)))
  assert.throws(
    () => fuzz(hoarder, 6000, 1),
    (error) => error instanceof FuzzFinding && error.message.includes('keeps'),
  )
})

test('a start that is not read is an error of the test', () => {
  assert.throws(() => fuzz(parser(refuse), 10, 1), AttestationError)
})

function orRefuse(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return refuse()
  }
}
