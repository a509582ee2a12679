import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Machine } from '../../src/tee/machine.ts'
import { selectTee, TEE_CHOICES, TEE_FAMILIES, type TeeFamily } from '../../src/tee/select.ts'
import { random } from '../random.ts'
import { azureMachine } from './azure-vtpm/azure-machine.ts'
import { fakeTsm } from './configfs-tsm/fake-tsm.ts'
import { type FakeMachine, fakeMachine, kernelError } from './fake-kernel.ts'
import { fakeGramine } from './gramine/fake-gramine.ts'
import { fakeNsm } from './nitro/fake-nsm.ts'
import { KEY } from './nitro/kms/fake-kms-server.ts'
import { fakeSevGuest } from './sev-guest/fake-sev-guest.ts'

const SYS_VENDOR = '/sys/class/dmi/id/sys_vendor'
const MICROSOFT = new Uint8Array(Buffer.from('Microsoft Corporation\n'))

const UNAVAILABLE = { name: 'EnclaveError', code: 'tee_unavailable' }

let dataDirectory: string
before(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'tee-'))
})
after(() => rm(dataDirectory, { recursive: true }))

const around = () => ({ dataDirectory, release: new Uint8Array(32), kms: null, clock: { now: () => 0 }, random })

const makeReport = (reportData: Uint8Array) => ({ outblob: reportData, auxblob: new Uint8Array(0) })
const entropy: string[] = []

const MACHINES: Readonly<Record<Exclude<TeeFamily, 'simulator'>, () => FakeMachine>> = {
  nitro: () => {
    const { files } = fakeMachine()
    const write = async (path: string): Promise<void> => void entropy.push(path)
    const devices = { '/dev/nsm': fakeNsm({ now: 1_790_000_000 }).device }
    return fakeMachine({ files: { ...files, write }, devices })
  },
  sgx: () => fakeMachine({ files: fakeGramine() }),
  snp: () =>
    fakeMachine({
      files: fakeTsm({ provider: 'sev_guest', makeReport }),
      devices: { '/dev/sev-guest': fakeSevGuest() },
    }),
  tdx: () => fakeMachine({ files: fakeTsm({ provider: 'tdx_guest', makeReport }) }),
  'azure-vtpm': () => azureMachine(),
}

for (const family of TEE_FAMILIES.filter((name) => name !== 'simulator')) {
  test(`${family} is not there: refused, and no simulator in its place`, async () => {
    await assert.rejects(selectTee(family, around()), UNAVAILABLE)
    await assert.rejects(selectTee(family, around(), fakeMachine()), UNAVAILABLE)
    assert.deepEqual(await readdir(dataDirectory), [])
  })
}

test('auto finds no simulator where there is no TEE', async () => {
  await assert.rejects(selectTee('auto', around(), fakeMachine()), UNAVAILABLE)
  await assert.rejects(selectTee('auto', around()), UNAVAILABLE)
  assert.deepEqual(await readdir(dataDirectory), [])
})

test('nothing chosen: a machine that shows no TEE gets the simulator, and the tee says so', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'tee-any-'))
  after(() => rm(dataDirectory, { recursive: true }))
  const { family, simulated } = await selectTee('any', { ...around(), dataDirectory }, fakeMachine())
  assert.deepEqual([family, simulated], ['simulator', true])
})

test('nothing chosen: a TEE that is there and does not work is never replaced by the simulator', async () => {
  const broken = {
    sgx: fakeMachine({ files: fakeGramine({ type: 'none' }) }),
    snp: fakeMachine({ files: fakeTsm({ provider: 'sev_guest', makeReport }) }),
    nitro: fakeMachine({ devices: { '/dev/nsm': fakeNsm({ now: 1_790_000_000, isDebug: true }).device } }),
  }
  for (const [family, machine] of Object.entries(broken)) {
    await assert.rejects(selectTee('any', around(), machine), UNAVAILABLE, family)
  }
  assert.deepEqual(await readdir(dataDirectory), [])
})

for (const [family, machine] of Object.entries(MACHINES)) {
  test(`${family}: there when asked for and when looked for, and nothing else in its place`, async () => {
    for (const choice of TEE_CHOICES) {
      if (choice === 'simulator') continue
      const selected = selectTee(choice, around(), machine())
      if (choice !== 'any' && choice !== 'auto' && choice !== family) {
        await assert.rejects(selected, UNAVAILABLE, choice)
        continue
      }
      const { attester, simulated, family: opened } = await selected
      assert.deepEqual([opened, simulated], [family, false])
      assert.equal(attester.type, family)
      assert.equal((await attester.attest(new Uint8Array(64))).type, family)
    }
    assert.deepEqual(await readdir(dataDirectory), [])
  })
}

test('SGX, SNP and Azure seal to the measurement; Nitro and TDX refuse to seal rather than to pretend', async () => {
  const secret = new Uint8Array(32).fill(3)
  for (const family of ['sgx', 'snp', 'azure-vtpm'] as const) {
    const blob = await (await selectTee(family, around(), MACHINES[family]())).rootOfTrust.seal(secret)
    const { rootOfTrust } = await selectTee(family, around(), MACHINES[family]())
    assert.deepEqual(new Uint8Array(await rootOfTrust.unseal(blob)), secret)
  }
  for (const family of ['nitro', 'tdx'] as const) {
    const { rootOfTrust } = await selectTee(family, around(), MACHINES[family]())
    await assert.rejects(rootOfTrust.seal(secret), { code: 'root_of_trust' })
  }
  const other = fakeMachine({ files: fakeGramine({ sealingKey: new Uint8Array(16).fill(1) }) })
  const sealed = await (await selectTee('sgx', around(), MACHINES.sgx())).rootOfTrust.seal(secret)
  const { rootOfTrust } = await selectTee('sgx', around(), other)
  await assert.rejects(rootOfTrust.unseal(sealed), { code: 'root_of_trust' })
})

const REFUSALS = ['EACCES', 'EPERM', 'EBUSY', 'EIO'] as const

for (const code of REFUSALS) {
  test(`an interface that is there and answers ${code} is never "no TEE"`, async () => {
    const refuse = (): never => {
      throw kernelError(code)
    }
    const { files } = fakeMachine()
    const unusable: readonly Machine[] = [
      fakeMachine({
        files: { ...files, read: async (path) => (path.startsWith('/dev/') ? refuse() : files.read(path)) },
      }),
      fakeMachine({ files: { ...files, makeDirectory: async () => refuse() } }),
      { ...fakeMachine(), openDevice: async () => refuse() },
      {
        ...fakeMachine({
          files: { ...files, read: async (path) => (path === SYS_VENDOR ? MICROSOFT : files.read(path)) },
        }),
        openMessageDevice: async () => refuse(),
      },
    ]
    for (const machine of unusable) {
      for (const choice of ['any', 'auto'] as const)
        await assert.rejects(selectTee(choice, around(), machine), UNAVAILABLE)
    }
    assert.deepEqual(await readdir(dataDirectory), [])
  })
}

test('a TPM of a computer that nobody but root may use does not keep the simulator from starting', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'tee-any-'))
  after(() => rm(dataDirectory, { recursive: true }))
  const machine = { ...fakeMachine(), openMessageDevice: () => Promise.reject(kernelError('EACCES')) }
  assert.equal((await selectTee('any', { ...around(), dataDirectory }, machine)).family, 'simulator')
})

test('a setting for KMS on a machine of another family is an error, found by itself or asked for', async () => {
  const kms = { key: KEY, connect: null, credentials: { kind: 'file', path: '/nowhere' } } as const
  for (const family of ['sgx', 'snp', 'tdx'] as const) {
    for (const choice of ['auto', family] as const) {
      const selected = selectTee(choice, { ...around(), kms }, MACHINES[family]())
      await assert.rejects(selected, {
        code: 'configuration',
        message: new RegExp(`^KMS_KEY_ARN: remove it.*${family}`),
      })
    }
  }
  await assert.rejects(selectTee('simulator', { ...around(), kms }), { code: 'configuration' })
  const { rootOfTrust } = await selectTee('auto', { ...around(), kms }, MACHINES.nitro())
  assert.equal(rootOfTrust.name, 'aws-kms')
})

test('Nitro without a key of KMS says which setting it is without', async () => {
  const { rootOfTrust } = await selectTee('nitro', around(), MACHINES.nitro())
  await assert.rejects(rootOfTrust.seal(new Uint8Array(32)), { code: 'root_of_trust', message: /KMS_KEY_ARN/ })
})

test('what one system sealed in a VM on Azure no other system in it, and no other VM, unseals', async () => {
  const open = async (options = {}) => (await selectTee('azure-vtpm', around(), azureMachine(options))).rootOfTrust
  const blob = await (await open()).seal(new Uint8Array(32).fill(3))
  for (const options of [{ pcrs: { 4: new Uint8Array(32).fill(0xcc) } }, { seed: 'another' }]) {
    await assert.rejects((await open(options)).unseal(blob), { code: 'root_of_trust' })
  }
  assert.deepEqual(new Uint8Array(await (await open()).unseal(blob)), new Uint8Array(32).fill(3))
})

test('a machine with a TPM and no paravisor is no TEE', async () => {
  for (const choice of ['azure-vtpm', 'auto'] as const) {
    const machine = azureMachine({ hasReport: false })
    await assert.rejects(selectTee(choice, around(), machine), { ...UNAVAILABLE, message: /no report of a paravisor/ })
    assert.equal(machine.open.size, 0)
  }
})

test('Gramine without remote attestation is no TEE, and neither is one without a sealing key', async () => {
  for (const options of [{ type: 'none' }, { type: 'epid' }, { sealingKey: new Uint8Array(16) }]) {
    for (const choice of ['sgx', 'auto'] as const) {
      const machine = fakeMachine({ files: fakeGramine(options) })
      await assert.rejects(selectTee(choice, around(), machine), { ...UNAVAILABLE, message: /^sgx/ })
    }
  }
})

test('an SNP guest whose firmware derives no key does not start, and its device is closed', async () => {
  const files = fakeTsm({ provider: 'sev_guest', makeReport })
  const machine = fakeMachine({ files, devices: { '/dev/sev-guest': fakeSevGuest({ status: 0x16 }) } })
  await assert.rejects(selectTee('snp', around(), machine), UNAVAILABLE)
  assert.equal(machine.open.size, 0)
})

test("an NSM's randomness goes into the kernel's pool", () => {
  assert.ok(entropy.length > 0 && entropy.every((path) => path === '/dev/random'))
})

test('the simulator, asked for, is one in every name', async () => {
  const tee = await selectTee('simulator', around())
  assert.equal(tee.simulated, true)
  assert.equal(tee.attester.type, 'simulator')
  assert.match(tee.rootOfTrust.name, /simulator/)
  assert.deepEqual(await readdir(join(dataDirectory, 'simulator')), ['development-root.key', 'sealing.key'])
})
