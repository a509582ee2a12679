import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deriveKey } from '../../../src/tee/azure-vtpm/derived-key.ts'
import { random } from '../../random.ts'
import { azureMachine, UNAVAILABLE } from './azure-machine.ts'
import { type FakeTpmOptions } from './fake-tpm.ts'
import { CC, RC } from './fake-tpm-bytes.ts'

type Reply = NonNullable<FakeTpmOptions['reply']>

const SEALED = [0, 2, 4, 7, 8, 9, 11, 12, 13, 14]

async function key(options: Partial<FakeTpmOptions> = {}): Promise<string> {
  const machine = azureMachine(options)
  try {
    return Buffer.from(await deriveKey(machine, random)).toString('hex')
  } finally {
    assert.equal(machine.open.size, 0)
  }
}

test('the same system in the same VM gets the same key, at every start', async () => {
  assert.match(await key(), /^[0-9a-f]{64}$/)
  assert.equal(await key(), await key())
})

test('another VM gets another key', async () => {
  assert.notEqual(await key(), await key({ seed: 'another' }))
})

test('whatever code was measured as another gets another key; what else is in PCRs does not count', async () => {
  const original = await key()
  for (let index = 0; index < 24; index++) {
    const other = await key({ pcrs: { [index]: new Uint8Array(32).fill(0xcc) } })
    assert.equal(other !== original, SEALED.includes(index), `PCR${index}`)
  }
})

test('a system whose PCRs are others cannot use the key, though it names the same policy', async () => {
  // The template of the first system, from a second one: what its TPM answers PolicyPCR and HMAC.
  const machine = azureMachine()
  const policies: Uint8Array[] = []
  const device = machine.tpm.device()
  const recording = {
    ...machine,
    openMessageDevice: async () => ({
      exchange: async (request: Uint8Array) => {
        const code = new DataView(request.buffer).getUint32(6)
        if (code === CC.PolicyPCR) {
          policies.push(request)
          machine.tpm.extend(4)
        }
        return new Uint8Array(device(request))
      },
      close: async () => undefined,
    }),
  }
  await assert.rejects(deriveKey(recording, random), {
    ...UNAVAILABLE,
    message: 'the TPM refused TPM2_PolicyPCR: TPM_RC_VALUE (parameter 1)',
  })
  assert.equal(policies.length, 1)
})

test('a PCR that changes after the policy was met closes it', async () => {
  const machine = azureMachine({
    reply: (code) => {
      if (code === CC.HMAC) machine.tpm.extend(23)
      return null
    },
  })
  await assert.rejects(deriveKey(machine, random), {
    ...UNAVAILABLE,
    message: 'the TPM refused TPM2_HMAC: TPM_RC_PCR_CHANGED',
  })
})

test('where nothing was measured there is no key: it would be for any system', async () => {
  const none = Object.fromEntries([0, 2, 4, 7].map((index) => [index, new Uint8Array(32)]))
  await assert.rejects(key({ pcrs: none }), { ...UNAVAILABLE, message: /nothing was measured/ })
})

test('PCRs that change between two readings are read again, and not for ever', async () => {
  assert.equal((await key({ changesBetweenReads: 2 })).length, 64)
  await assert.rejects(key({ changesBetweenReads: 99 }), { ...UNAVAILABLE, message: /changed 5 times/ })
})

test('a key under another policy than was asked for is not used', async () => {
  const from = 10 + 4 + 4 + 2
  for (const at of [from, from + 4, from + 10, from + 41, from + 45]) {
    const reply: Reply = (code, _, own) =>
      code === CC.CreatePrimary ? own().map((byte, n) => (n === at ? byte ^ 0x40 : byte)) : null
    await assert.rejects(key({ reply }), {
      ...UNAVAILABLE,
      message: 'the TPM answered TPM2_CreatePrimary with something malformed',
    })
  }
})

test('an HMAC that says it is shorter is not used', async () => {
  // Behind the header and the size of the parameters.
  const reply: Reply = (code, _, own) => (code === CC.HMAC ? own().with(10 + 4 + 1, 31) : null)
  await assert.rejects(key({ reply }), { ...UNAVAILABLE, message: /TPM2_HMAC with something malformed$/ })
})

test('no answer of the TPM keeps the key', async () => {
  const machine = azureMachine()
  const replies: Uint8Array[] = []
  const { exchange, close } = await machine.openMessageDevice('/dev/tpmrm0')
  const recording = {
    ...machine,
    openMessageDevice: async () => ({
      exchange: async (request: Uint8Array) => {
        const answer = await exchange(request)
        replies.push(answer)
        return answer
      },
      close,
    }),
  }
  const secret = await deriveKey(recording, random)
  assert.ok(replies.length > 0)
  assert.ok(replies.every((reply) => !Buffer.from(reply).includes(secret)))
})

for (const [code, name] of [
  [CC.PCR_Read, 'TPM2_PCR_Read'],
  [CC.CreatePrimary, 'TPM2_CreatePrimary'],
  [CC.StartAuthSession, 'TPM2_StartAuthSession'],
  [CC.PolicyPCR, 'TPM2_PolicyPCR'],
  [CC.HMAC, 'TPM2_HMAC'],
] as const) {
  test(`${name}: refused, malformed or late, each is told as what it is`, async () => {
    const reply =
      (answer: number | ((own: Uint8Array) => Uint8Array), times = 1): Reply =>
      (one, count, own) =>
        one !== code || count > times ? null : typeof answer === 'number' ? answer : answer(own())
    await assert.rejects(key({ reply: reply(RC.COMMAND_CODE) }), {
      ...UNAVAILABLE,
      message: `the TPM refused ${name}: TPM_RC_COMMAND_CODE`,
    })
    const malformed = { ...UNAVAILABLE, message: `the TPM answered ${name} with something malformed` }
    await assert.rejects(key({ reply: reply((own) => own.subarray(0, -1)) }), malformed)
    await assert.rejects(key({ reply: reply((own) => new Uint8Array([...own, 0])) }), malformed)
    // One byte more and one fewer, under a size that says so.
    const resized = (own: Uint8Array, by: number): Uint8Array => {
      const bytes = new Uint8Array(own.length + by)
      bytes.set(own.subarray(0, bytes.length))
      new DataView(bytes.buffer).setUint32(2, bytes.length)
      return bytes
    }
    for (const by of [-1, 1]) await assert.rejects(key({ reply: reply((own) => resized(own, by)) }), malformed)
    assert.equal((await key({ reply: reply(RC.RETRY, 9) })).length, 64)
  })
}
