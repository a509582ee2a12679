import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import {
  appraisers,
  type EndorsementName,
  encodeBinding,
  endorsement,
  type Policy,
  skip,
  verify,
} from '@perf-aggregator/attestation'
import { readAzureVtpmEvidence } from '@perf-aggregator/attestation/azure-vtpm'
import { amdMachine } from '@perf-aggregator/testkit/vendor-pki'
import { azureVtpmAppraiser } from '../../../../../packages/attestation/src/azure-vtpm/appraiser.ts'
import type { AzureVtpmPolicy } from '../../../../../packages/attestation/src/azure-vtpm/policy.ts'
import { snpAppraiser } from '../../../../../packages/attestation/src/snp/appraiser.ts'
import { tdxAppraiser } from '../../../../../packages/attestation/src/tdx/appraiser.ts'
import { binding, mathematics, NOW } from '../../../../../packages/attestation/test/fixtures.ts'
import { TDX } from '../../../../../packages/attestation/test/intel/machines.ts'
import { STRICT } from '../../../../../packages/attestation/test/snp/machines.ts'
import type { Evidence } from '../../../src/ports/attester.ts'
import { AzureVtpmAttester } from '../../../src/tee/azure-vtpm/attester.ts'
import { type AzureMachine, azureMachine, UNAVAILABLE } from './azure-machine.ts'
import { certification, tdReport } from './fake-metadata.ts'
import { type FakeTpmOptions, INPUT_INDEX } from './fake-tpm.ts'
import { CC, RC } from './fake-tpm-bytes.ts'

const DATA = new Uint8Array(64).fill(0x51)
const bound = binding()
const BOUND_DATA = new Uint8Array(createHash('sha512').update(encodeBinding(bound)).digest())
const pcr = (index: number): Uint8Array => new Uint8Array(32).fill(index)

/** What the verifier of this project says of evidence from that machine, over the binding. */
async function failures(machine: AzureMachine, { type, quote, endorsements }: Evidence, collateral: Uint8Array[]) {
  const isTdx = machine.metadata.asked.some(({ address }) => address.endsWith('/acc/tdquote'))
  const family: AzureVtpmPolicy = {
    measurements: [{ registers: Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`PCR${n}`, pcr(n)])) }],
    platforms: skip('any machine'),
    snp: isTdx ? 'refused' : STRICT,
    tdx: isTdx ? TDX : 'refused',
    secureBoot: 'required',
  }
  const policy: Policy = {
    families: { 'azure-vtpm': family },
    binding: 'required',
    nonce: bound.nonce,
    debug: 'refused',
    notAfter: 'ahead',
    maxAge: skip('no time in a report'),
    clockSkew: skip('no time in a report'),
  }
  const snp = snpAppraiser(isTdx ? { Milan: [], Genoa: [], Turin: [] } : machine.tpm.vm().machine.roots)
  const tdx = tdxAppraiser(isTdx ? machine.metadata.quotedBy().roots : [])
  const verdict = await verify(
    { type, quote, binding: bound },
    [...endorsements, ...collateral],
    policy,
    NOW,
    mathematics,
    appraisers(azureVtpmAppraiser({ snp, tdx })),
  )
  assert.equal(
    verdict.accepted,
    verdict.checks.every(({ outcome }) => outcome !== 'failed'),
  )
  return verdict.accepted ? [] : verdict.failures
}

const crl = (machine: AzureMachine): Uint8Array[] => [endorsement('crl', machine.tpm.vm().machine.revoke([]))]

async function attest(options: Partial<FakeTpmOptions> = {}, data = DATA): Promise<Evidence> {
  const machine = azureMachine(options)
  try {
    return await new AzureVtpmAttester(machine).attest(data)
  } finally {
    assert.equal(machine.open.size, 0)
  }
}

test('evidence of an SNP VM is what a verifier of this project accepts, bound to the keys', async () => {
  const machine = azureMachine()
  const evidence = await new AzureVtpmAttester(machine).attest(BOUND_DATA)
  assert.deepEqual(await failures(machine, evidence, crl(machine)), [])
  assert.deepEqual(
    evidence.endorsements,
    machine.tpm.vm().machine.chain.map((certificate) => endorsement('certificate', certificate)),
  )
  const [{ address, request } = assert.fail(), ...others] = machine.metadata.asked
  assert.deepEqual(
    [address, request.method, request.redirect, others],
    ['http://169.254.169.254/metadata/THIM/amd/certification', 'GET', 'error', []],
  )
  assert.equal(machine.open.size, 0)
  assert.deepEqual(machine.pauses, [])
})

test('evidence of a TDX VM is what a verifier of this project accepts, with a quote by its host', async () => {
  const machine = azureMachine({ tdReport })
  const evidence = await new AzureVtpmAttester(machine).attest(BOUND_DATA)
  const collateral = Object.entries(machine.metadata.quotedBy().collateral).map(([name, bytes]) =>
    endorsement(name as EndorsementName, bytes),
  )
  assert.deepEqual(await failures(machine, evidence, collateral), [])
  assert.deepEqual(evidence.endorsements, [])
  assert.deepEqual(
    machine.metadata.asked.map(({ address }) => address),
    ['http://169.254.169.254/acc/tdquote'],
  )
})

/** A machine whose metadata service answers as `answer` says, where that says anything. */
function answered(answer: (asked: number) => Promise<Response> | null) {
  let asked = 0
  const own = azureMachine()
  const machine = { ...own, fetch: (...given) => answer(++asked) ?? own.fetch(...given) } satisfies AzureMachine
  return { machine, asked: () => asked }
}

for (const [what, answer] of [
  ['throttles', async () => new Response(null, { status: 429 })],
  ['fails', async () => new Response(null, { status: 503 })],
  ['does not answer', () => Promise.reject(new TypeError('fetch failed'))],
  ['answers something else', async () => new Response('{}')],
] as const satisfies readonly (readonly [string, () => Promise<Response>])[]) {
  test(`where the metadata service ${what}, a quote of an SNP VM goes without its certificates, and the next asks again`, async () => {
    const { machine, asked } = answered((time) => (time === 1 ? answer() : null))
    const attester = new AzureVtpmAttester(machine)
    assert.deepEqual((await attester.attest(DATA)).endorsements, [])
    assert.equal((await attester.attest(DATA)).endorsements.length, 3)
    assert.equal(asked(), 2)
  })

  test(`where the metadata service ${what}, there is no quote of a TDX VM`, async () => {
    const own = azureMachine({ tdReport })
    await assert.rejects(new AzureVtpmAttester({ ...own, fetch: answer }).attest(DATA), UNAVAILABLE)
  })
}

test('the certificates of the key that signs are asked for once', async () => {
  const { machine, asked } = answered((time) => (time === 1 ? null : Promise.reject(new TypeError('fetch failed'))))
  const attester = new AzureVtpmAttester(machine)
  const first = await attester.attest(DATA)
  const second = await attester.attest(BOUND_DATA)
  assert.deepEqual([second.endorsements, second.endorsements.length, asked()], [first.endorsements, 3, 1])
})

test('certificates of another key are asked for again, and kept where there is no answer', async () => {
  // Of the same chip before its last update.
  const { chain: old } = amdMachine({ now: NOW, extensions: { '3.8': Uint8Array.of(2, 1, 5) } })
  const { chain } = azureMachine().tpm.vm().machine
  const { machine, asked } = answered(async (time) => {
    if (time === 2) throw new TypeError('fetch failed')
    return Response.json(certification(time === 1 ? old : chain))
  })
  const attester = new AzureVtpmAttester(machine)
  const labelled = (ders: readonly Uint8Array[]) => ders.map((der) => endorsement('certificate', der))
  assert.deepEqual((await attester.attest(DATA)).endorsements, labelled(old))
  assert.deepEqual((await attester.attest(DATA)).endorsements, labelled(old))
  assert.deepEqual((await attester.attest(DATA)).endorsements, labelled(chain))
  assert.deepEqual((await attester.attest(DATA)).endorsements, labelled(chain))
  assert.equal(asked(), 3)
})

test('nobody waits for another’s certificates, and those who wait at once ask once', async () => {
  const held = Promise.withResolvers<Response>()
  const { machine, asked } = answered(() => held.promise)
  const attester = new AzureVtpmAttester(machine)
  const quotes = (): number => machine.tpm.commands.filter((code) => code === CC.Quote).length
  const made = Array.from({ length: 8 }, (_, index) => attester.attest(new Uint8Array(64).fill(index + 1)))
  while (quotes() < 8) await new Promise(setImmediate)
  held.resolve(Response.json(certification(machine.tpm.vm().machine.chain)))
  const evidence = await Promise.all(made)
  assert.deepEqual([new Set(evidence.map(({ endorsements }) => endorsements.length)), asked()], [new Set([3]), 1])
})

test('evidence over other data is not accepted for this binding', async () => {
  const machine = azureMachine()
  const evidence = await new AzureVtpmAttester(machine).attest(DATA)
  assert.deepEqual(await failures(machine, evidence, crl(machine)), ['report_data_mismatch'])
})

test('the index of user data is made when it is not there, and used when it is', async () => {
  const machine = azureMachine()
  const attester = new AzureVtpmAttester(machine)
  for (const fill of [1, 2]) {
    await attester.attest(DATA.map(() => fill))
    assert.deepEqual(machine.tpm.indices.get(INPUT_INDEX)?.content, new Uint8Array(64).fill(fill))
  }
  assert.equal(machine.tpm.commands.filter((code) => code === CC.NV_DefineSpace).length, 1)
})

test('an index that only its own password opens is opened with that', async () => {
  await attest({ input: { attributes: (1 << 2) | (1 << 18) } })
})

test('an index that another process makes at the same time is used', async () => {
  const reply: NonNullable<FakeTpmOptions['reply']> = (code, count, own) => {
    if (code === CC.NV_ReadPublic && count === 1) return RC.HANDLE
    return code === CC.NV_DefineSpace ? own() : null
  }
  await attest({ input: {}, reply })
})

for (const [what, input] of [
  ['is too small', { size: 32 }],
  ['is too large', { size: 65 }],
] as const) {
  test(`no evidence where the index of user data ${what}`, async () => {
    await assert.rejects(attest({ input }), { ...UNAVAILABLE, message: /not one of 64 bytes/ })
  })
}

test('no evidence where nobody may write the index of user data', async () => {
  const attributes = (1 << 17) | (1 << 18)
  await assert.rejects(attest({ input: { attributes } }), { ...UNAVAILABLE, message: /0x1400002 is not for its owner/ })
})

test('a report made less than two seconds ago is waited out', async () => {
  const machine = azureMachine({ stale: 2 })
  const { quote } = await new AzureVtpmAttester(machine).attest(DATA)
  assert.deepEqual(readAzureVtpmEvidence(quote).hclReport, machine.tpm.vm().evidence.hclReport)
  assert.deepEqual(machine.pauses, [2100, 2100])
})

test('user data that somebody else wrote over is written again', async () => {
  const machine = azureMachine({ overwritten: 2 })
  await new AzureVtpmAttester(machine).attest(DATA)
  assert.equal(machine.tpm.commands.filter((code) => code === CC.NV_Write).length, 3)
})

test('a report that changes while it is read is read again', async () => {
  const machine = azureMachine({ torn: 3 })
  await new AzureVtpmAttester(machine).attest(DATA)
  assert.ok(machine.pauses.length >= 1)
})

test('a PCR that changes between reading and signing is read and signed again', async () => {
  for (const options of [{ changesBeforeQuote: 4 }, { changesBetweenReads: 2 }]) {
    const machine = azureMachine(options)
    const { quote } = await new AzureVtpmAttester(machine).attest(DATA)
    assert.equal(readAzureVtpmEvidence(quote).pcrs.length, 24)
  }
})

for (const [what, options, message] of [
  ['without a report of a paravisor', { hasReport: false }, /no report of a paravisor/],
  ['whose report is always of before', { stale: 99 }, /report is over other user data$/],
  ['in which others keep writing user data', { overwritten: 99 }, /report is over other user data$/],
  ['whose report is always torn', { torn: 99 }, /report (is not of the claims beside it|cannot be read)$/],
  ['whose PCRs change before every quote', { changesBeforeQuote: 99 }, /changed 5 times while they were quoted/],
  ['whose PCRs change between every two readings', { changesBetweenReads: 99 }, /changed 5 times/],
] as const) {
  test(`no evidence from a VM ${what}`, async () => {
    await assert.rejects(attest(options), { ...UNAVAILABLE, message })
  })
}

for (const [code, name] of [
  [CC.NV_ReadPublic, 'TPM2_NV_ReadPublic'],
  [CC.NV_DefineSpace, 'TPM2_NV_DefineSpace'],
  [CC.NV_Write, 'TPM2_NV_Write'],
  [CC.GetCapability, 'TPM2_GetCapability'],
  [CC.NV_Read, 'TPM2_NV_Read'],
  [CC.PCR_Read, 'TPM2_PCR_Read'],
  [CC.Quote, 'TPM2_Quote'],
] as const) {
  test(`${name}: what the TPM refuses is told by its name, and it is asked again when it says so`, async () => {
    const refusing = (answer: number, times: number): Partial<FakeTpmOptions> => ({
      reply: (one, count) => (one === code && count <= times ? answer : null),
    })
    const refused = (message: string) => ({ ...UNAVAILABLE, message: `the TPM refused ${name}: ${message}` })
    await assert.rejects(attest(refusing(0x101, 1)), refused('TPM_RC_FAILURE'))
    await assert.rejects(attest(refusing(0x2d5, 1)), refused('TPM_RC_SIZE (parameter 2)'))
    await assert.rejects(attest(refusing(0x98e, 1)), refused('TPM_RC_AUTH_FAIL (session 1)'))
    for (const again of [RC.RETRY, RC.YIELDED, RC.TESTING]) await attest(refusing(again, 9))
    await assert.rejects(attest(refusing(RC.RETRY, 10)), refused('TPM_RC_RETRY'))
  })

  test(`${name}: an answer that is cut short, longer, or another's is malformed`, async () => {
    const answering = (alter: (own: Uint8Array) => Uint8Array): Partial<FakeTpmOptions> => ({
      reply: (one, count, own) => (one === code && count === 1 ? alter(own()) : null),
    })
    const malformed = { ...UNAVAILABLE, message: `the TPM answered ${name} with something malformed` }
    await assert.rejects(attest(answering(() => new Uint8Array(0))), malformed)
    await assert.rejects(attest(answering((own) => own.subarray(0, -1))), malformed)
    await assert.rejects(attest(answering((own) => new Uint8Array([...own, 0]))), malformed)
    // One byte fewer, and one more, under a size that says so.
    const resized = (own: Uint8Array, by: number): Uint8Array => {
      const bytes = new Uint8Array(own.length + by)
      bytes.set(own.subarray(0, bytes.length))
      new DataView(bytes.buffer).setUint32(2, bytes.length)
      return bytes
    }
    await assert.rejects(attest(answering((own) => resized(own, -1))), malformed)
    await assert.rejects(attest(answering((own) => resized(own, 1))), malformed)
    await assert.rejects(attest(answering((own) => own.with(1, own[1] === 1 ? 2 : 1))), malformed)
  })
}

test('no evidence without the attestation key', async () => {
  const reply: NonNullable<FakeTpmOptions['reply']> = (code) => (code === CC.Quote ? RC.HANDLE : null)
  await assert.rejects(attest({ reply }), {
    ...UNAVAILABLE,
    message: 'the TPM refused TPM2_Quote: TPM_RC_HANDLE (handle 1)',
  })
})

test('a quote of another thing than was asked for is not passed on', async () => {
  // Bytes of the message in the answer: header, size of parameters, size of the message, then 6 and the signer's 36.
  const message = 10 + 4 + 2
  const quoting = (at: number, flip: number): Partial<FakeTpmOptions> => ({
    reply: (code, _, own) =>
      code === CC.Quote ? own().map((byte, n) => (n === message + at ? byte ^ flip : byte)) : null,
  })
  await assert.rejects(attest(quoting(6 + 36 + 2, 1)), { ...UNAVAILABLE, message: /quoted another thing/ })
  await assert.rejects(attest(quoting(6 + 36 + 34 + 25 + 4 + 2 + 1, 1)), { ...UNAVAILABLE, message: /another thing/ })
  await assert.rejects(attest(quoting(0, 1)), { ...UNAVAILABLE, message: /no quote of SHA-256 PCRs/ })
})

test('the report is read in parts as large as the TPM says, or small where it says nothing', async () => {
  for (const [bufferMax, parts] of [
    [4096, 1],
    [1024, 3],
    [null, 6],
    [100, 26],
  ] as const) {
    const machine = azureMachine({ bufferMax })
    await new AzureVtpmAttester(machine).attest(DATA)
    assert.equal(machine.tpm.commands.filter((code) => code === CC.NV_Read).length, parts, String(bufferMax))
  }
})

test('those who ask at once wait for each other, and are sent away when there are too many', async () => {
  const machine = azureMachine()
  const attester = new AzureVtpmAttester(machine)
  const asked = Array.from({ length: 9 }, (_, index) => attester.attest(new Uint8Array(64).fill(index + 1)))
  const results = await Promise.allSettled(asked)
  const made = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []))
  assert.equal(made.length, 8)
  assert.match(refused[0]?.message ?? '', /more evidence was asked for/)
  assert.equal(new Set(made.map(({ quote }) => Buffer.from(quote).toString('base64'))).size, 8)
  await attester.attest(DATA)
})

test('a TPM that is busy is given longer each time', async () => {
  const machine = azureMachine({ reply: (code, count) => (code === CC.Quote && count <= 3 ? RC.YIELDED : null) })
  await new AzureVtpmAttester(machine).attest(DATA)
  assert.deepEqual(machine.pauses, [50, 100, 150])
})

test('report data that its owner writes over while it waits is what it was', async () => {
  const machine = azureMachine()
  const data = DATA.slice()
  const attested = new AzureVtpmAttester(machine).attest(data)
  data.fill(0)
  await attested
  assert.deepEqual(machine.tpm.indices.get(INPUT_INDEX)?.content, DATA)
})

test('after a failure the next is made', async () => {
  let isBroken = true
  const machine = azureMachine({ reply: (code) => (code === CC.Quote && isBroken ? 0x101 : null) })
  const attester = new AzureVtpmAttester(machine)
  await assert.rejects(attester.attest(DATA), UNAVAILABLE)
  isBroken = false
  await attester.attest(DATA)
})

test('report data of another size is refused', async () => {
  await assert.rejects(attest({}, new Uint8Array(63)), RangeError)
})
