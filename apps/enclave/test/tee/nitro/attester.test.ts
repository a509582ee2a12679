import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { appraisers, encodeBinding, endorsement, type Policy, skip, verify } from '@perf-aggregator/attestation'
import { nitroPcrs } from '@perf-aggregator/testkit/vendor-pki'
import { nitroAppraiser } from '../../../../../packages/attestation/src/nitro/appraiser.ts'
import { binding, mathematics, NOW } from '../../../../../packages/attestation/test/fixtures.ts'
import { NitroAttester } from '../../../src/tee/nitro/attester.ts'
import { nsmExchange } from '../../../src/tee/nitro/device.ts'
import { Nsm } from '../../../src/tee/nitro/nsm.ts'
import { ERRNO, fakeIoctl } from '../fake-kernel.ts'
import { type FakeNsmOptions, fakeNsm } from './fake-nsm.ts'

const UNAVAILABLE = { name: 'EnclaveError', code: 'tee_unavailable' }

function exchange(options: Partial<FakeNsmOptions> = {}): ReturnType<typeof nsmExchange> {
  return nsmExchange(3, fakeIoctl(fakeNsm({ now: NOW, ...options }).device))
}

async function open(
  options: Partial<FakeNsmOptions> = {},
): Promise<{ attester: NitroAttester; entropy: Uint8Array[] }> {
  const entropy: Uint8Array[] = []
  const attester = await NitroAttester.open(exchange(options), async (bytes) => void entropy.push(bytes))
  return { attester, entropy }
}

test('evidence of an enclave is what a verifier of this project accepts, bound to the keys', async () => {
  const { device, made } = fakeNsm({ now: NOW })
  const attester = await NitroAttester.open(nsmExchange(3, fakeIoctl(device)), async () => undefined)
  const bound = binding()
  const reportData = new Uint8Array(createHash('sha512').update(encodeBinding(bound)).digest())
  const { type, quote, endorsements } = await attester.attest(reportData)
  assert.deepEqual([type, endorsements], ['nitro', []])
  const [PCR0, PCR1, PCR2] = [0, 1, 2].map((index) => nitroPcrs()[index])
  assert.ok(PCR0 && PCR1 && PCR2)
  const policy: Policy = {
    families: {
      nitro: {
        measurements: [{ registers: { PCR0, PCR1, PCR2 } }],
        platforms: skip('any instance'),
        revocation: 'checked',
        publicKey: skip('the key binding covers it'),
        userData: skip('the key binding covers it'),
      },
    },
    binding: 'required',
    nonce: bound.nonce,
    debug: 'refused',
    notAfter: 'ahead',
    maxAge: 60,
    clockSkew: 30,
  }
  const judge = (bytes: Uint8Array): ReturnType<typeof verify> => {
    const { roots = [], crls = () => [] } = made.at(-1) ?? {}
    const lists = crls().map((list) => endorsement('crl', list))
    const families = appraisers(nitroAppraiser(roots))
    return verify({ type, quote: bytes, binding: bound }, lists, policy, NOW, mathematics, families)
  }
  const verdict = await judge(quote)
  assert.ok(
    verdict.accepted && verdict.enclave,
    JSON.stringify(verdict.checks.filter((one) => one.outcome === 'failed')),
  )
  const other = await judge((await attester.attest(new Uint8Array(64))).quote)
  assert.deepEqual(other.accepted ? [] : other.failures, ['report_data_mismatch'])
})

test('at the start PCRs are looked at, and the randomness of the hypervisor goes to the kernel', async () => {
  const { device, requests } = fakeNsm({ now: NOW })
  const entropy: Uint8Array[] = []
  await NitroAttester.open(nsmExchange(3, fakeIoctl(device)), async (bytes) => void entropy.push(bytes))
  assert.deepEqual(requests, [
    ...[0, 1, 2].map((index) => new Map([['DescribePCR', new Map([['index', index]])]])),
    'GetRandom',
    'GetRandom',
  ])
  assert.deepEqual(
    entropy.map(({ length }) => length),
    [256, 256],
  )
  assert.notDeepEqual(entropy[0], entropy[1])
})

test('an enclave in debug mode does not start', async () => {
  await assert.rejects(open({ isDebug: true }), { ...UNAVAILABLE, message: /debug/ })
})

test('every refusal of the module is told by its name, and nothing else of what it says', async () => {
  const names = ['InvalidArgument', 'InvalidIndex', 'InvalidResponse', 'ReadOnlyIndex', 'InvalidOperation']
  for (const name of [...names, 'BufferTooSmall', 'InputTooLarge', 'InternalError']) {
    const nsm = new Nsm(exchange({ reply: () => new Map([['Error', name]]) }))
    assert.throws(() => nsm.attest(new Uint8Array(64)), {
      ...UNAVAILABLE,
      message: `the NSM refused Attestation: ${name}`,
    })
  }
  const nsm = new Nsm(exchange({ reply: () => new Map([['Error', 'secret text']]) }))
  assert.throws(() => nsm.random(), { ...UNAVAILABLE, message: 'the NSM gave no answer to GetRandom' })
})

test('what the module refuses for real: a PCR it does not have, user data that is too long', () => {
  const nsm = new Nsm(exchange())
  assert.throws(() => nsm.describePcr(16), { message: 'the NSM refused DescribePCR: InvalidIndex' })
  assert.throws(() => nsm.attest(new Uint8Array(513)), { message: 'the NSM refused Attestation: InputTooLarge' })
})

for (const [what, options] of [
  ['an error of the kernel', { errno: ERRNO.EIO }],
  ['a reply that does not fit', { reply: () => new Uint8Array(0x3001) }],
  ['a reply without bytes', { length: 0n }],
  ['a reply longer than its buffer', { length: 0x3001n }],
  ['a reply that is cut short', { length: 5n }],
  ['a reply that is not CBOR', { reply: () => Uint8Array.of(0xff) }],
  [
    'the answer to another question',
    { reply: () => new Map([['GetRandom', new Map([['random', new Uint8Array(8)]])]]) },
  ],
  ['an answer without its part', { reply: (name: string) => new Map([[name, new Map()]]) }],
  ['an empty answer', { reply: (name: string) => new Map([[name, new Map([['document', new Uint8Array(0)]])]]) }],
  ['an answer of another type', { reply: (name: string) => new Map([[name, new Map([['document', 'text']])]]) }],
] as const) {
  test(`no evidence from ${what}`, () => {
    const nsm = new Nsm(exchange(options))
    assert.throws(() => nsm.attest(new Uint8Array(64)), UNAVAILABLE)
  })
}

test('what the kernel says, and a length it cannot mean, are told as what they are', () => {
  const attest = (options: Partial<FakeNsmOptions>) => () => new Nsm(exchange(options)).attest(new Uint8Array(64))
  assert.throws(attest({ errno: ERRNO.EIO }), { ...UNAVAILABLE, message: /error 5$/ })
  assert.throws(attest({ length: 0x3001n }), { ...UNAVAILABLE, message: /longer than its buffer/ })
})

test('a request longer than the kernel takes is not sent', () => {
  const { device, requests } = fakeNsm({ now: NOW })
  const nsm = new Nsm(nsmExchange(3, fakeIoctl(device)))
  assert.throws(() => nsm.attest(new Uint8Array(0x1000)), { ...UNAVAILABLE, message: /longer than the NSM takes/ })
  assert.deepEqual(requests, [])
})

test('report data of another size is refused', async () => {
  const { attester } = await open()
  await assert.rejects(attester.attest(new Uint8Array(63)), RangeError)
})
