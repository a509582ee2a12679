import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AzureVtpmPolicy, isAzureVtpmPolicy } from '../src/azure-vtpm/policy.ts'
import { HARDWARE_ONLY_WARNING, hardwareOnlyPolicy, leavesMeasurementUnchecked, skip } from '../src/index.ts'
import { isNitroPolicy } from '../src/nitro/policy.ts'
import { isCommonPolicy } from '../src/policy.ts'
import { isSgxPolicy } from '../src/sgx/policy.ts'
import { isSnpPolicy } from '../src/snp/policy.ts'
import { isTdxPolicy } from '../src/tdx/policy.ts'

const FAMILIES = {
  nitro: isNitroPolicy,
  sgx: isSgxPolicy,
  tdx: isTdxPolicy,
  snp: isSnpPolicy,
  'azure-vtpm': isAzureVtpmPolicy,
} as const

const names = Object.keys(FAMILIES) as (keyof typeof FAMILIES)[]

/** The required registers of each family, in their sizes. */
const REGISTERS = {
  nitro: { PCR0: 48, PCR1: 48, PCR2: 48 },
  sgx: { MRENCLAVE: 32 },
  tdx: { MRTD: 48 },
  snp: { MEASUREMENT: 48 },
  'azure-vtpm': { PCR4: 32 },
} as const

function registersOf(name: keyof typeof FAMILIES): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(REGISTERS[name]).map(([register, size]) => [register, new Uint8Array(size)]))
}

for (const name of names) {
  const policy = hardwareOnlyPolicy(name)
  const own = policy.families[name]

  test(`${name}: the hardware-only policy is well formed, accepts this family alone, and says what it leaves out`, () => {
    assert.ok(isCommonPolicy(policy))
    assert.deepEqual(Object.keys(policy.families), [name])
    assert.ok(FAMILIES[name](own))
    assert.ok(leavesMeasurementUnchecked(policy))
    assert.match(HARDWARE_ONLY_WARNING, /measurement was not checked/)
    assert.equal(policy.debug, 'refused')
  })

  test(`${name}: a part that is missing, unknown or mistyped makes no policy`, () => {
    assert.ok(own)
    for (const part of Object.keys(own)) {
      assert.ok(!FAMILIES[name](Object.fromEntries(Object.entries(own).filter(([key]) => key !== part))), part)
      for (const wrong of [undefined, null, {}, [], 'no', true, -1, 1.5, Number.NaN, { skip: '' }, { skip: 1 }]) {
        if (Array.isArray(wrong) && Array.isArray(own[part as keyof typeof own])) continue
        if (Array.isArray(wrong) && ['platforms', 'measurements', 'idKeyDigests', 'authorKeyDigests'].includes(part))
          continue
        if (part === 'minTcb' && JSON.stringify(wrong) === '{}') continue
        assert.ok(!FAMILIES[name]({ ...own, [part]: wrong }), `${part}: ${JSON.stringify(wrong)}`)
      }
    }
    assert.ok(!FAMILIES[name]({ ...own, measurement: [] }))
    assert.ok(!FAMILIES[name](undefined))
  })

  test(`${name}: accepted measurements name the required registers, in their sizes`, () => {
    const registers = registersOf(name)
    const accepting = (...measurements: readonly unknown[]) => FAMILIES[name]({ ...own, measurements })
    assert.ok(accepting())
    assert.ok(accepting({ registers }))
    assert.ok(
      accepting({ registers, tcb: { statuses: ['UpToDate', 'SWHardeningNeeded'], advisories: ['INTEL-SA-00615'] } }),
    )
    assert.ok(!accepting({ registers: {} }), 'none')
    assert.ok(!accepting(registers), 'not wrapped')
    assert.ok(!accepting({ registers: { ...registers, PCR99: new Uint8Array(48) } }), 'unknown')
    assert.ok(!accepting({ registers, tcb: { statuses: ['Revoked'], advisories: [] } }), 'a revoked platform')
    for (const [register, bytes] of Object.entries(registers)) {
      assert.ok(!accepting({ registers: { ...registers, [register]: bytes.subarray(1) } }), 'too short')
    }
  })
}

test('a Nitro measurement needs all of PCR0, PCR1 and PCR2', () => {
  const registers = { PCR0: new Uint8Array(48), PCR1: new Uint8Array(48) }
  const own = hardwareOnlyPolicy('nitro').families.nitro
  assert.ok(!isNitroPolicy({ ...own, measurements: [{ registers }] }))
})

test('a nonce is checked where one is given; revocation is skipped only with a reason', () => {
  const nonce = new Uint8Array(32)
  const policy = hardwareOnlyPolicy('snp', { nonce, revocation: skip('an archive without CRLs') })
  assert.equal(policy.nonce, nonce)
  assert.deepEqual(policy.families.snp?.revocation, { skip: 'an archive without CRLs' })
  assert.equal(hardwareOnlyPolicy('snp').families.snp?.revocation, 'checked')
})

test('a vTPM whose paravisor may be any is no measured one, whatever its registers must hold', () => {
  const { families, ...common } = hardwareOnlyPolicy('azure-vtpm')
  const own = families['azure-vtpm'] ?? assert.fail()
  const snp = own.snp === 'refused' ? assert.fail() : own.snp
  const measured = { ...own, measurements: [{ registers: { PCR4: new Uint8Array(32) } }], tdx: 'refused' } as const
  const paravisor = [{ registers: { MEASUREMENT: new Uint8Array(48) } }]
  const unchecked = (azure: AzureVtpmPolicy): boolean =>
    leavesMeasurementUnchecked({ ...common, families: { 'azure-vtpm': azure } })
  assert.equal(unchecked({ ...measured, snp: { ...snp, measurements: paravisor } }), false)
  assert.equal(unchecked({ ...measured, snp }), true)
  assert.equal(unchecked({ ...measured, snp: 'refused', tdx: own.tdx }), true)
  assert.equal(unchecked({ ...measured, snp: 'refused' }), false)
})
