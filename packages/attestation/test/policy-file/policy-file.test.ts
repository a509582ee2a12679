import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { amdMachine, azureVm, nitroEnclave } from '../../../testkit/src/vendor-pki/index.ts'
import { intelMachine, type MadeCollateralName } from '../../../testkit/src/vendor-pki/intel.ts'
import type { Appraiser } from '../../src/appraiser.ts'
import { azureVtpmAppraiser } from '../../src/azure-vtpm/appraiser.ts'
import { AttestationError, appraisers, encodeBinding, endorsement, verify } from '../../src/index.ts'
import { nitroAppraiser } from '../../src/nitro/appraiser.ts'
import { readPolicyFile } from '../../src/policy-file/index.ts'
import { sgxAppraiser } from '../../src/sgx/appraiser.ts'
import { snpAppraiser } from '../../src/snp/appraiser.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import { binding, mathematics, NOW } from '../fixtures.ts'

const FAMILIES = ['nitro', 'sgx', 'tdx', 'snp', 'azure-vtpm'] as const
type Family = (typeof FAMILIES)[number]

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

function example(family: Family): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../../docs/examples/policies/${family}.json`, import.meta.url)))
}

function json(family: Family): Json {
  return JSON.parse(Buffer.from(example(family)).toString()) as Json
}

function file(value: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(value)))
}

const bound = binding()
const reportData = new Uint8Array(createHash('sha512').update(encodeBinding(bound)).digest())

interface Machine {
  readonly quote: Uint8Array
  readonly endorsements: readonly Uint8Array[]
  readonly appraiser: Appraiser
}

/** An enclave of ours on the test vendor's machines, with the measurements of the examples. */
const MACHINES: Readonly<Record<Family, () => Machine>> = {
  nitro: () => {
    const made = nitroEnclave({ now: NOW, userData: reportData, publicKey: bound.hpkeX25519 })
    const endorsements = made.crls().map((crl) => endorsement('crl', crl))
    return { quote: made.document, endorsements, appraiser: nitroAppraiser(made.roots) }
  },
  sgx: () => intel('sgx', 320),
  tdx: () => intel('tdx', 520),
  snp: () => {
    const made = amdMachine({ now: NOW, reportData })
    return { quote: made.report, endorsements: amd(made), appraiser: snpAppraiser(made.roots) }
  },
  'azure-vtpm': () => {
    const made = azureVm({ now: NOW, userData: reportData })
    const hardware = { snp: snpAppraiser(made.machine.roots), tdx: tdxAppraiser([]) }
    return { quote: made.quote, endorsements: amd(made.machine), appraiser: azureVtpmAppraiser(hardware) }
  },
}

function amd({ chain, revoke }: ReturnType<typeof amdMachine>): readonly Uint8Array[] {
  return [...chain.map((one) => endorsement('certificate', one)), endorsement('crl', revoke([]))]
}

function intel(tee: 'sgx' | 'tdx', at: number): Machine {
  const body = (made: Uint8Array): Uint8Array => {
    made.set(reportData, at)
    return made
  }
  const { quote, collateral, roots } = intelMachine({ now: NOW, tee, body })
  const endorsements = Object.entries(collateral).map(([name, bytes]) => endorsement(name as MadeCollateralName, bytes))
  return { quote, endorsements, appraiser: tee === 'sgx' ? sgxAppraiser(roots) : tdxAppraiser(roots) }
}

for (const family of FAMILIES) {
  test(`the example for ${family} accepts an enclave of ours, and no other measurement`, async () => {
    const { quote, endorsements, appraiser } = MACHINES[family]()
    const judge = async (policy: Uint8Array) =>
      verify(
        { type: family, quote, binding: bound },
        endorsements,
        readPolicyFile(policy, { nonce: bound.nonce }),
        NOW,
        mathematics,
        appraisers(appraiser),
      )
    const accepted = await judge(example(family))
    assert.ok(accepted.accepted, accepted.accepted ? '' : accepted.failures.join())
    assert.ok(accepted.enclave)
    const text = Buffer.from(example(family)).toString()
    const other = await judge(
      new Uint8Array(Buffer.from(text.replace(/("(?:PCR4|PCR0|MR\w+|MEASUREMENT)": ")../, '$1ee'))),
    )
    assert.deepEqual(other.accepted ? [] : other.failures, ['measurement_unknown'])
  })

  test(`every member of the example for ${family} is needed, known and typed; the error names it`, () => {
    const whole = json(family)
    let altered = 0
    for (const { parent, name, place } of members(whole, '')) {
      const value = parent[name] as Json
      const isOptional = OPTIONAL.test(place)
      if (!isOptional) {
        delete parent[name]
        assertRefused(whole, 'field_missing', place)
      }
      parent[name] = value
      parent[`${name}X`] = value
      assertRefused(whole, 'field_unknown', `${place}X`)
      delete parent[`${name}X`]
      for (const wrong of [
        null,
        true,
        -1,
        0.5,
        'maybe',
        [null],
        { skip: '' },
        { skip: 'so', more: 1 },
        { skp: 'so' },
      ]) {
        parent[name] = wrong
        assertRefused(whole, null, place)
        altered += 1
      }
      parent[name] = value
    }
    assert.ok(altered > 100)
    assert.ok(readPolicyFile(file(whole), { nonce: bound.nonce }))
  })
}

/** What a file may do without. */
const OPTIONAL = /^families\.[\w-]+$|registers\.\w+$|\]\.tcb$|minTcb\.\w+$/

function* members(
  json_: Json,
  at: string,
): Generator<{ readonly parent: { [name: string]: Json }; readonly name: string; readonly place: string }> {
  if (Array.isArray(json_)) for (const [index, item] of json_.entries()) yield* members(item, `${at}[${index}]`)
  else if (typeof json_ === 'object' && json_ !== null) {
    for (const [name, value] of Object.entries(json_)) {
      const place = at === '' ? name : `${at}.${name}`
      // Reasons are words: of theirs only the lack is wrong, which the tests of their owners show.
      if (name === 'skip') continue
      yield { parent: json_, name, place }
      yield* members(value, place)
    }
  }
}

function assertRefused(policy: Json, code: string | null, place: string): void {
  assert.throws(
    () => readPolicyFile(file(policy), { nonce: bound.nonce }),
    (error: unknown) => {
      assert.ok(error instanceof AttestationError, String(error))
      if (code !== null) assert.equal(error.code, code)
      assert.match(error.code, /^field_/)
      assert.ok(error.message.startsWith(`policy: ${place}`), `${error.message} at ${place}`)
      return true
    },
  )
}

test('a nonce that is to be given must be given, and goes before what the file says', () => {
  assert.throws(() => readPolicyFile(example('snp')), { code: 'field_malformed', message: /^policy: nonce: / })
  assert.deepEqual(readPolicyFile(example('snp'), { nonce: Uint8Array.of(7) }).nonce, Uint8Array.of(7))
  const own = { ...(json('snp') as object), nonce: '0102' }
  assert.deepEqual(readPolicyFile(file(own)).nonce, Uint8Array.of(1, 2))
  assert.deepEqual(readPolicyFile(file(own), { nonce: Uint8Array.of(7) }).nonce, Uint8Array.of(7))
})

test('registers that must be named have to be named', () => {
  const policy = json('nitro') as { families: { nitro: { measurements: [{ registers: Record<string, string> }] } } }
  delete policy.families.nitro.measurements[0].registers['PCR1']
  assert.throws(() => readPolicyFile(file(policy), { nonce: bound.nonce }), {
    code: 'field_malformed',
    message: /^policy: families\.nitro: a register/,
  })
})

test('a simulator has no place in a file, and a name cannot write on a terminal', () => {
  const policy = json('snp') as { families: Record<string, Json> }
  policy.families['simulator'] = {}
  assert.throws(() => readPolicyFile(file(policy)), { code: 'field_unknown', message: /families\.simulator/ })
  assert.throws(() => readPolicyFile(file({ '\u001B[2J': 1 })), {
    code: 'field_unknown',
    message: 'policy: a member: not known',
  })
  assert.throws(() => readPolicyFile(file([])), { code: 'field_malformed', message: 'policy: the file: not an object' })
  const twice = Buffer.from('{"debug":"refused","debug":"refused"}')
  assert.throws(() => readPolicyFile(new Uint8Array(twice)), { code: 'json_malformed' })
})
