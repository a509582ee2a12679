/** The reader of a TPM's answers against every mutation of genuine ones, and whatever else may come. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EnclaveError } from '../../../src/errors.ts'
import { deriveKey } from '../../../src/tee/azure-vtpm/derived-key.ts'
import { type Command, encodeCommand, PASSWORD, readResponse } from '../../../src/tee/azure-vtpm/message.ts'
import { findIndex, readIndex } from '../../../src/tee/azure-vtpm/nv-index.ts'
import { quotePcrs } from '../../../src/tee/azure-vtpm/pcrs.ts'
import { random } from '../../random.ts'
import { azureMachine, talk, UNAVAILABLE } from './azure-machine.ts'
import { type FakeTpmOptions, REPORT_INDEX } from './fake-tpm.ts'
import { CC } from './fake-tpm-bytes.ts'

const plain: Command = { name: 'TPM2_Test', code: 0x17a }
const authorized: Command = {
  name: 'TPM2_Test',
  code: 0x14e,
  handles: [0x4000_0001, 0x0140_0001],
  authorization: PASSWORD,
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))

test('commands are as the specification lays them out', () => {
  assert.deepEqual(encodeCommand({ ...plain, parameters: hex('0102') }), hex('8001 0000000c 0000017a 0102'))
  assert.deepEqual(
    encodeCommand({ ...authorized, parameters: hex('0010 0000') }),
    hex('8002 00000023 0000014e 40000001 01400001 00000009 40000009 0000 00 0000 0010 0000'),
  )
})

for (const [what, command, bytes] of [
  ['nothing', plain, ''],
  ['half a header', plain, '8001 0000000a 0000'],
  ['a size that is too small', plain, '8001 00000009 00000000'],
  ['a size that is too large', plain, '8001 0000000b 00000000'],
  ['sessions nobody asked for', plain, '8002 0000000a 00000000'],
  ['a tag of a TPM 1.2', plain, '00c4 0000000a 00000000'],
  ['a refusal that says more', plain, '8001 0000000c 00000101 0000'],
  ['a refusal with sessions', plain, '8002 0000000a 00000101'],
  ['no session where one was', authorized, '8001 0000000e 00000000 00000000'],
  ['parameters longer than the answer', authorized, '8002 00000013 00000000 00000002 0000 01 0000'],
  ['two sessions', authorized, '8002 00000018 00000000 00000000 0000 01 0000 0000 01 0000'],
  ['a nonce longer than any', authorized, `8002 00000054 00000000 00000000 0041 ${'00'.repeat(65)} 01 0000`],
  ['no handle where one belongs', { ...plain, answersHandle: true }, '8001 0000000c 00000000 8000'],
] as const) {
  test(`malformed: ${what}`, () => {
    assert.throws(() => readResponse(hex(bytes), command), { ...UNAVAILABLE, message: /something malformed$/ })
  })
}

test('whatever a TPM answers, what is wrong with it is said', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), fc.boolean(), (body, hasSession, answersHandle) => {
      const bytes = hex(`${hasSession ? '8002' : '8001'} 00000000 00000000 ${Buffer.from(body).toString('hex')}`)
      new DataView(bytes.buffer).setUint32(2, bytes.length)
      try {
        readResponse(bytes, { ...(hasSession ? authorized : plain), answersHandle })
      } catch (error) {
        assert.ok(error instanceof EnclaveError && error.code === 'tee_unavailable')
      }
    }),
  )
})

type Reply = NonNullable<FakeTpmOptions['reply']>

/** What the driver reads by each command. */
const READERS: readonly (readonly [codes: readonly number[], read: (reply: Reply) => Promise<unknown>])[] = [
  [
    [CC.NV_ReadPublic, CC.GetCapability, CC.NV_Read],
    (reply) => talk({ reply }, async (tpm) => await readIndex(tpm, (await findIndex(tpm, REPORT_INDEX)) ?? NONE)),
  ],
  [
    [CC.PCR_Read, CC.Quote],
    (reply) => talk({ reply }, (tpm) => quotePcrs(tpm, 0x8100_0003, new Uint8Array(32), [0, 7])),
  ],
  [
    [CC.CreatePrimary, CC.StartAuthSession, CC.PolicyPCR, CC.HMAC],
    (reply) => deriveKey(azureMachine({ reply }), random),
  ],
]

const NONE = { index: REPORT_INDEX, attributes: 0, size: 0 }

async function onlyTypedErrors(read: (reply: Reply) => Promise<unknown>, reply: Reply): Promise<void> {
  try {
    await read(reply)
  } catch (error) {
    assert.ok(error instanceof EnclaveError && error.code === 'tee_unavailable', String(error))
  }
}

for (const [codes, read] of READERS) {
  for (const target of codes) {
    const name = Object.entries(CC).find(([, code]) => code === target)?.[0] ?? ''
    test(`${name}: no bit and no byte of an answer makes anything but an answer or a named error`, async () => {
      let altered = 0
      for (let at = 0; at < 90; at += 3) {
        await onlyTypedErrors(read, (code, count, own) => {
          if (code !== target || count !== 1) return null
          altered++
          const answer = own().slice()
          const place = at % answer.length
          answer[place] = (answer[place] ?? 0) ^ (1 << (at & 7))
          return at % 2 === 0 ? answer : answer.subarray(0, place)
        })
      }
      assert.equal(altered, 30)
    })

    test(`${name}: any bytes in place of an answer make nothing but an answer or a named error`, async () => {
      let replaced = 0
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (body) => {
          await onlyTypedErrors(read, (code, _, own) => {
            if (code !== target) return null
            replaced++
            const answer = new Uint8Array(10 + body.length)
            answer.set(own().subarray(0, 2))
            answer.set(body, 10)
            new DataView(answer.buffer).setUint32(2, answer.length)
            return answer
          })
        }),
        { numRuns: 20 },
      )
      assert.ok(replaced >= 20, `${replaced}`)
    })
  }
}
