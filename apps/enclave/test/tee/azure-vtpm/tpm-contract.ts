/** What any TPM does that the driver meets: the fake of these tests, and in `conformance/` one that somebody else wrote. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, u16 } from '@perf-aggregator/attestation/bytes'
import { deriveKey } from '../../../src/tee/azure-vtpm/derived-key.ts'
import {
  type Command,
  encodeCommand,
  PASSWORD,
  type Response,
  readResponse,
  sized,
} from '../../../src/tee/azure-vtpm/message.ts'
import { defineIndex, findIndex, readIndex, writeIndex } from '../../../src/tee/azure-vtpm/nv-index.ts'
import { pcrSelection, quotePcrs, readPcrs } from '../../../src/tee/azure-vtpm/pcrs.ts'
import { SHA256, Tpm, type TpmMachine } from '../../../src/tee/azure-vtpm/tpm.ts'
import type { MessageDevice } from '../../../src/tee/machine.ts'
import { random } from '../../random.ts'

/** Of no meaning to anybody */
const INDEX = 0x0140_0009
const NO_KEY = 0x8100_0099
const HMAC = 0x155

export interface TpmUnderContract {
  readonly machine: TpmMachine
  readonly extend: (index: number) => Promise<void>
}

export function tpmContract(what: string, subject: () => TpmUnderContract): void {
  const use = async <Result>(run: (tpm: Tpm) => Promise<Result>): Promise<Result> =>
    await Tpm.use(subject().machine, run)
  const derive = async (): Promise<string> => Buffer.from(await deriveKey(subject().machine, random)).toString('hex')

  test(`${what}: an index is missing, made once, empty, written and read, and nothing beyond it`, async () => {
    const content = new Uint8Array(64).map((_, at) => at)
    await use(async (tpm) => {
      assert.equal(await findIndex(tpm, INDEX), null)
      await defineIndex(tpm, INDEX, content.length)
      await defineIndex(tpm, INDEX, 32)
      const index = await findIndex(tpm, INDEX)
      assert.ok(index?.size === content.length)
      await assert.rejects(readIndex(tpm, index), { message: 'the TPM refused TPM2_NV_Read: TPM_RC_NV_UNINITIALIZED' })
      await writeIndex(tpm, index, content)
      assert.deepEqual(await readIndex(tpm, index), content)
      await assert.rejects(readIndex(tpm, { ...index, size: 65 }), {
        message: 'the TPM refused TPM2_NV_Read: TPM_RC_NV_RANGE',
      })
      await assert.rejects(writeIndex(tpm, index, new Uint8Array(65)), {
        message: 'the TPM refused TPM2_NV_Write: TPM_RC_NV_RANGE',
      })
      // By its own password, which is as empty as the owner's.
      const own = { ...index, attributes: (1 << 2) | (1 << 18) }
      await writeIndex(tpm, own, content.toReversed())
      assert.deepEqual(await readIndex(tpm, own), content.toReversed())
    })
  })

  test(`${what}: PCRs are read eight at a time, as they were at one moment`, async () => {
    const all = Array.from({ length: 24 }, (_, index) => index)
    await subject().extend(7)
    const values = await use(async (tpm) => await readPcrs(tpm, all))
    assert.deepEqual([values?.length, new Set(values?.map(({ length }) => length))], [24, new Set([32])])
    assert.deepEqual(await use(async (tpm) => await readPcrs(tpm, [7])), [values?.[7]])
  })

  test(`${what}: no quote by a key that is not there`, async () => {
    await use(async (tpm) => {
      await assert.rejects(quotePcrs(tpm, NO_KEY, new Uint8Array(32), [0]), {
        message: 'the TPM refused TPM2_Quote: TPM_RC_HANDLE (handle 1)',
      })
    })
  })

  test(`${what}: a derived key is the same until code is measured`, async () => {
    await subject().extend(4)
    const first = await derive()
    assert.match(first, /^[0-9a-f]{64}$/)
    assert.equal(await derive(), first)
    await subject().extend(23)
    assert.equal(await derive(), first)
    await subject().extend(11)
    assert.notEqual(await derive(), first)
  })

  test(`${what}: the key is of no use without its policy, not even to whoever shares the descriptor`, async () => {
    const refusals: string[] = []
    const { openMessageDevice, pause } = subject().machine
    const shared = {
      pause,
      openMessageDevice: async (path: string) => {
        const device = await openMessageDevice(path)
        return {
          ...device,
          exchange: async (request: Uint8Array) => {
            const view = new DataView(request.buffer, request.byteOffset)
            if (view.getUint32(6) === HMAC) refusals.push(...(await tryToUse(device, view.getUint32(10))))
            return await device.exchange(request)
          },
        }
      },
    }
    assert.equal((await deriveKey(shared, random)).length, 32)
    assert.deepEqual(refusals, [
      'HMAC by password: TPM_RC_AUTH_UNAVAILABLE',
      'HMAC by a session without policy: TPM_RC_POLICY_FAIL (session 1)',
      'HMAC by a policy of other PCRs: TPM_RC_POLICY_FAIL (session 1)',
      'Unseal: TPM_RC_AUTH_UNAVAILABLE',
    ])
  })
}

/** What an attacker might ask of the key, and why each is refused. */
async function tryToUse(device: MessageDevice, key: number): Promise<readonly string[]> {
  const ask = async (command: Command): Promise<Response> =>
    readResponse(await device.exchange(encodeCommand(command)), command)
  const session = async (...pcrs: readonly number[]): Promise<number> => {
    const parameters = concat(sized(random.bytes(32)), u16(0), Uint8Array.of(1), u16(0x10), u16(SHA256))
    const handles = [0x4000_0007, 0x4000_0007]
    const made = await ask({ name: 'StartAuthSession', code: 0x176, handles, parameters, answersHandle: true })
    assert.ok(made.refused === null)
    if (pcrs.length > 0) {
      const policy = concat(u16(0), pcrSelection(pcrs))
      const met = await ask({ name: 'PolicyPCR', code: 0x17f, handles: [made.handle], parameters: policy })
      assert.equal(met.refused, null)
    }
    return made.handle
  }
  const parameters = concat(sized(new Uint8Array(8)), u16(SHA256))
  const hmac = { code: HMAC, handles: [key], parameters }
  const refusals: string[] = []
  for (const command of [
    { ...hmac, name: 'HMAC by password', authorization: PASSWORD },
    { ...hmac, name: 'HMAC by a session without policy', authorization: await session() },
    { ...hmac, name: 'HMAC by a policy of other PCRs', authorization: await session(23) },
    { name: 'Unseal', code: 0x15e, handles: [key], authorization: PASSWORD },
  ]) {
    const { refused } = await ask(command)
    refusals.push(`${command.name}: ${refused?.name}${refused?.place}`)
  }
  return refusals
}
