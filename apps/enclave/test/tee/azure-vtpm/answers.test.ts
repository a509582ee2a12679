/** Genuine answers with one thing in them that is another, under lengths that fit: each must be seen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { findIndex, readIndex } from '../../../src/tee/azure-vtpm/nv-index.ts'
import { quotePcrs, readPcrs } from '../../../src/tee/azure-vtpm/pcrs.ts'
import type { Tpm } from '../../../src/tee/azure-vtpm/tpm.ts'
import { talk, UNAVAILABLE } from './azure-machine.ts'
import { REPORT_INDEX } from './fake-tpm.ts'
import { CC, response, selectionOf } from './fake-tpm-bytes.ts'

const digest = (index: number, length = 32): Uint8Array => concat(u16(length), new Uint8Array(length).fill(index))
const pcrAnswer = (indices: readonly number[], digests: readonly Uint8Array[], count = digests.length): Uint8Array =>
  concat(u32(1), selectionOf(indices), u32(count), ...digests)

const find = async (tpm: Tpm): Promise<unknown> => await findIndex(tpm, REPORT_INDEX)
const read = async (tpm: Tpm): Promise<unknown> =>
  await readIndex(tpm, (await findIndex(tpm, REPORT_INDEX)) ?? assert.fail())
const pcrs =
  (...indices: readonly number[]) =>
  async (tpm: Tpm): Promise<unknown> =>
    await readPcrs(tpm, indices)
const quote = async (tpm: Tpm): Promise<unknown> => await quotePcrs(tpm, 0x8100_0003, new Uint8Array(32), [0, 7])

/** Puts bytes in place of those of the parameters, from the start or, if negative, from the end. */
const put =
  (at: number, ...bytes: readonly number[]) =>
  (own: Uint8Array): Uint8Array => {
    const altered = own.slice()
    altered.set(bytes, at < 0 ? own.length + at : at)
    return altered
  }

/** An RSA signature has 256 bytes; here it has one fewer, and says so. */
const shortSignature = (own: Uint8Array): Uint8Array =>
  concat(own.subarray(0, own.length - 258), u16(255), own.subarray(own.length - 255))

for (const [what, code, alter, run] of [
  ['another index', CC.NV_ReadPublic, put(5, 2), find],
  ['a public area of another size', CC.NV_ReadPublic, put(1, 15), find],
  ['another capability', CC.GetCapability, put(4, 5), read],
  ['two properties', CC.GetCapability, put(8, 2), read],
  ['a buffer of nothing', CC.GetCapability, put(13, 0, 0, 0, 0), read],
  ['a part that says it is another', CC.NV_Read, put(0, 0), read],
  ['a part that is another', CC.NV_Read, (own: Uint8Array) => concat(u16(9), own.subarray(2, 11)), read],
  ['another bank', CC.PCR_Read, put(9, 0x04), pcrs(0, 7)],
  ['two banks', CC.PCR_Read, put(7, 2), pcrs(0, 7)],
  ['a longer bitmap', CC.PCR_Read, put(10, 4), pcrs(0, 7)],
  ['PCRs nobody asked for', CC.PCR_Read, put(11, 0x82), pcrs(0, 7)],
  ['no PCR', CC.PCR_Read, () => pcrAnswer([], []), pcrs(0, 7)],
  ['more digests than PCRs', CC.PCR_Read, () => pcrAnswer([0, 7], [digest(0), digest(7)], 3), pcrs(0, 7)],
  ['short digests', CC.PCR_Read, () => pcrAnswer([0, 7], [digest(0, 20), digest(7, 20)]), pcrs(0, 7)],
  [
    'nine digests',
    CC.PCR_Read,
    () =>
      pcrAnswer(
        [0, 1, 2, 3, 4, 5, 6, 7, 8],
        [0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => digest(index)),
      ),
    pcrs(0, 1, 2, 3, 4, 5, 6, 7, 8),
  ],
  ['a signature of another scheme', CC.Quote, put(-261, 0x16), quote],
  ['a signature of another hash', CC.Quote, put(-259, 0x0c), quote],
  ['a signature of another key size', CC.Quote, shortSignature, quote],
] as const) {
  test(`malformed: ${what}`, async () => {
    const reply = (one: number, count: number, own: () => Uint8Array): Uint8Array | null =>
      one === code && count === 1 ? withParameters(own(), alter) : null
    await assert.rejects(talk({ reply }, run), { ...UNAVAILABLE, message: /with something malformed$/ })
  })
}

test('the parts themselves, unaltered, are read', async () => {
  for (const run of [find, read, pcrs(0, 7), pcrs(0, 1, 2, 3, 4, 5, 6, 7, 8), quote]) {
    const reply = (_one: number, _count: number, own: () => Uint8Array): Uint8Array =>
      withParameters(own(), (same) => same)
    assert.ok(await talk({ reply }, run))
  }
})

test('an index larger than any is not read', async () => {
  const reply = (code: number, _count: number, own: () => Uint8Array): Uint8Array | null =>
    code === CC.NV_ReadPublic ? withParameters(own(), put(14, 0x20, 0x01)) : null
  await assert.rejects(talk({ reply }, read), { ...UNAVAILABLE, message: /larger than any$/ })
})

/** The same answer with its parameters altered and every length made to fit. */
function withParameters(own: Uint8Array, alter: (parameters: Uint8Array) => Uint8Array): Uint8Array {
  const view = new DataView(own.buffer, own.byteOffset, own.byteLength)
  if (view.getUint16(0) === 0x8001) return response(0x8001, alter(own.slice(10)))
  const length = view.getUint32(10)
  const parameters = alter(own.slice(14, 14 + length))
  return response(0x8002, concat(u32(parameters.length), parameters, own.subarray(14 + length)))
}
