/** The driver's TPM client against a TPM that somebody else wrote. Needs `swtpm` on the path, or at `SWTPM`. */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { after, before, test } from 'node:test'
import { readTpmQuote } from '@perf-aggregator/attestation/azure-vtpm'
import { concat, encodeBase64Url, StructureReader, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { deriveKey } from '../src/tee/azure-vtpm/derived-key.ts'
import { PASSWORD, sized } from '../src/tee/azure-vtpm/message.ts'
import { defineIndex, findIndex, readIndex } from '../src/tee/azure-vtpm/nv-index.ts'
import { quotePcrs, readPcrs } from '../src/tee/azure-vtpm/pcrs.ts'
import { OWNER, SHA256, Tpm } from '../src/tee/azure-vtpm/tpm.ts'
import { tpmContract } from '../test/tee/azure-vtpm/tpm-contract.ts'
import { Swtpm } from './swtpm.ts'

const KEY = 0x8100_0003
const LARGE_INDEX = 0x0140_0001
const ENDORSEMENT = 0x4000_000b
const ALL = Array.from({ length: 24 }, (_, index) => index)
const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }

let swtpm: Swtpm
before(async () => {
  swtpm = await Swtpm.start()
})
after(() => swtpm.stop())

const use = async <Result>(run: (tpm: Tpm) => Promise<Result>): Promise<Result> => await Tpm.use(swtpm.machine, run)
const derive = async (): Promise<string> => Buffer.from(await deriveKey(swtpm.machine, random)).toString('hex')

async function extend(index: number, byte: number, one = swtpm): Promise<void> {
  const parameters = concat(u32(1), u16(SHA256), new Uint8Array(32).fill(byte))
  const command = { name: 'TPM2_PCR_Extend', code: 0x182, handles: [index], authorization: PASSWORD, parameters }
  await Tpm.use(one.machine, async (tpm) => await tpm.run(command))
}

tpmContract('swtpm', () => ({ machine: swtpm.machine, extend: async (index) => await extend(index, 1) }))

test('an index is read whole in parts', async () => {
  const content = new Uint8Array(randomBytes(1800))
  await use(async (tpm) => {
    await defineIndex(tpm, LARGE_INDEX, content.length)
    const index = await findIndex(tpm, LARGE_INDEX)
    assert.ok(index)
    for (let at = 0; at < content.length; at += 600) {
      const parameters = concat(sized(content.subarray(at, at + 600)), u16(at))
      const handles = [OWNER, LARGE_INDEX]
      await tpm.run({ name: 'TPM2_NV_Write', code: 0x137, handles, authorization: PASSWORD, parameters })
    }
    assert.deepEqual(await readIndex(tpm, index), content)
  })
})

test('PCRs are those of the TPM, and its quote of them verifies', async () => {
  await swtpm.restart()
  await extend(7, 0x77)
  await use(async (tpm) => {
    const extraData = new Uint8Array(randomBytes(32))
    const modulus = await makeAttestationKey(tpm)
    const { message, signature, pcrs } = await quotePcrs(tpm, KEY, extraData, ALL)
    const extended = createHash('sha256').update(new Uint8Array(32)).update(new Uint8Array(32).fill(0x77)).digest()
    assert.deepEqual(pcrs[7], new Uint8Array(extended))
    assert.deepEqual(pcrs[17], new Uint8Array(32).fill(0xff))
    assert.deepEqual(await readPcrs(tpm, ALL), pcrs)
    assert.deepEqual(readTpmQuote(message).selected, ALL)
    const jwk = { kty: 'RSA', n: encodeBase64Url(modulus), e: 'AQAB' }
    assert.ok(verify('sha256', message, createPublicKey({ key: jwk, format: 'jwk' }), signature))
  })
})

test('a derived key survives a restart into the same system, and no other system has it', async () => {
  await swtpm.restart()
  await assert.rejects(derive(), { message: /nothing was measured/ })
  await extend(4, 1)
  const first = await derive()
  assert.match(first, /^[0-9a-f]{64}$/)
  assert.equal(await derive(), first)
  await extend(23, 1)
  assert.equal(await derive(), first)
  await extend(11, 1)
  assert.notEqual(await derive(), first)
  await swtpm.restart()
  await extend(4, 2)
  assert.notEqual(await derive(), first)
  await swtpm.restart()
  await extend(4, 1)
  assert.equal(await derive(), first)
  const other = await Swtpm.start()
  try {
    await extend(4, 1, other)
    assert.notEqual(Buffer.from(await deriveKey(other.machine, random)).toString('hex'), first)
  } finally {
    await other.stop()
  }
})

/** An RSA key that only signs what the TPM made, under the handle of Azure's. Its modulus. */
async function makeAttestationKey(tpm: Tpm): Promise<Uint8Array> {
  const empty = sized(new Uint8Array(0))
  // fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, sign
  const attributes = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 10) | (1 << 16) | (1 << 18)
  const area = concat(u16(0x0001), u16(SHA256), u32(attributes), empty, u16(0x0010), u16(0x0014), u16(SHA256))
  const template = concat(area, u16(2048), u32(0), empty)
  const { handle, parameters } = await tpm.run({
    name: 'TPM2_CreatePrimary',
    code: 0x131,
    handles: [ENDORSEMENT],
    authorization: PASSWORD,
    parameters: concat(sized(concat(empty, empty)), sized(template), empty, u32(0)),
    answersHandle: true,
  })
  await tpm.run({
    name: 'TPM2_EvictControl',
    code: 0x120,
    handles: [OWNER, handle],
    authorization: PASSWORD,
    parameters: u32(KEY),
  })
  const reader = new StructureReader(parameters)
  return reader.take(reader.u16be()).slice(-256)
}
