import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  amdMachine,
  azureVm,
  collateralFiles,
  intelMachine,
  nitroEnclave,
} from '../../../testkit/src/vendor-pki/index.ts'
import { coverageOf, endorsementTerm, gatherEndorsements, readFile } from '../../src/files/index.ts'
import { type EndorsementName, type Evidence, endorsement } from '../../src/index.ts'
import { NOW } from '../fixtures.ts'

const DAY = 86_400
const amd = amdMachine({ now: NOW })
const tdx = intelMachine({ now: NOW, tee: 'tdx' })
const nitro = nitroEnclave({ now: NOW })

const contents = (files: ReadonlyMap<string, Uint8Array> | readonly Uint8Array[]) =>
  [...files.entries()].flatMap(([name, bytes]) => readFile(String(name), bytes) ?? [])

interface Case {
  readonly evidence: Evidence
  readonly whole: readonly Uint8Array[]
  readonly kinds: readonly (readonly [EndorsementName, missing: readonly EndorsementName[]])[]
  readonly nothing: readonly EndorsementName[]
}

const REQUIRED = [
  'tcb-info',
  'tcb-info-issuer-chain',
  'qe-identity',
  'qe-identity-issuer-chain',
  'pck-crl',
  'root-ca-crl',
] as const satisfies EndorsementName[]
const intelCase = (evidence: Evidence, files: ReadonlyMap<string, Uint8Array>): Case => ({
  evidence,
  whole: gatherEndorsements(evidence, [], contents(files)),
  kinds: [...REQUIRED.map((name) => [name, [name]] as const), ['pck-crl-issuer-chain', []]],
  nothing: REQUIRED,
})
const amdCase = (evidence: Evidence, machine: typeof amd): Case => ({
  evidence,
  whole: gatherEndorsements(evidence, [], contents([...machine.chain, machine.revoke([])])),
  kinds: [
    ['certificate', ['certificate', 'crl']],
    ['crl', ['crl']],
  ],
  nothing: ['certificate', 'crl'],
})
const sgx = intelMachine({ now: NOW, tee: 'sgx' })
const vm = azureVm({ now: NOW })

const CASES: Readonly<Record<string, Case>> = {
  tdx: intelCase({ type: 'tdx', quote: tdx.quote, binding: null }, collateralFiles(tdx.collateral)),
  sgx: intelCase({ type: 'sgx', quote: sgx.quote, binding: null }, collateralFiles(sgx.collateral)),
  snp: amdCase({ type: 'snp', quote: amd.report, binding: null }, amd),
  'azure-vtpm': amdCase({ type: 'azure-vtpm', quote: vm.quote, binding: null }, vm.machine),
  nitro: {
    evidence: { type: 'nitro', quote: nitro.document, binding: null },
    whole: nitro.crls().map((crl) => endorsement('crl', crl)),
    kinds: [['crl', ['crl']]],
    nothing: ['crl'],
  },
}

const nameOf = (item: Uint8Array): string => endorsementTerm(item).what

for (const [family, { evidence, whole, kinds, nothing }] of Object.entries(CASES)) {
  test(`${family}: nothing is missing of the whole, and each kind that is left out is named`, () => {
    const { missing, validity } = coverageOf(evidence, whole)
    assert.deepEqual(missing, [])
    assert.equal(validity?.notAfter, NOW + DAY)
    for (const [kind, named] of kinds) {
      const without = whole.filter((item) => nameOf(item) !== kind)
      assert.ok(without.length < whole.length, kind)
      assert.deepEqual(coverageOf(evidence, without).missing, named, kind)
    }
    assert.deepEqual(coverageOf(evidence, []), { missing: nothing, validity: null })
  })

  test(`${family}: a kind that cannot be read is missing`, () => {
    for (const [at, item] of whole.entries()) {
      const kind = nameOf(item)
      if (kind === 'pck-crl-issuer-chain') continue
      const damaged = whole.with(at, item.subarray(0, -30))
      assert.ok(
        coverageOf(evidence, damaged).missing.some((name) => name === kind),
        kind,
      )
    }
  })
}

test('evidence that cannot be read misses everything, and a simulator nothing', () => {
  for (const [type, missing] of [
    ['nitro', ['crl']],
    ['snp', ['certificate', 'crl']],
    ['simulator', []],
  ] as const) {
    assert.deepEqual(coverageOf({ type, quote: new Uint8Array(9), binding: null }, []).missing, missing)
  }
})

test('only one of the two lists of a Nitro chain is not all', () => {
  for (const crl of nitro.crls()) {
    assert.deepEqual(coverageOf(CASES['nitro']?.evidence ?? assert.fail(), [endorsement('crl', crl)]).missing, ['crl'])
  }
})

test('the key of another chip, or of other firmware, is not the key of this report', () => {
  const evidence = { type: 'snp', quote: amd.report, binding: null }
  const other = amdMachine({ now: NOW, extensions: { '3.8': Uint8Array.of(0x02, 0x01, 0x05) } })
  const list = endorsement('crl', other.revoke([]))
  const found = coverageOf(evidence, [...other.chain.map((one) => endorsement('certificate', one)), list])
  assert.deepEqual(found.missing, ['certificate'])
})

test('a term is the intersection of a chain, and what has something beside it is none', () => {
  const chain = tdx.collateral['tcb-info-issuer-chain']
  assert.deepEqual(endorsementTerm(endorsement('tcb-info-issuer-chain', chain)), {
    what: 'tcb-info-issuer-chain',
    notBefore: NOW - 365 * DAY,
    notAfter: NOW + 365 * DAY,
  })
  const text = Buffer.from(chain).toString()
  const [leaf = '', root = ''] = text.split(/(?<=-----END CERTIFICATE-----\n)/)
  const malformed: readonly (readonly [EndorsementName, Uint8Array | string, string])[] = [
    ['tcb-info-issuer-chain', `${root}${leaf}`, 'x509_malformed'],
    ['tcb-info-issuer-chain', text.repeat(3), 'x509_malformed'],
    ['tcb-info-issuer-chain', `password\n${text}`, 'pem_malformed'],
    ['root-ca-crl', 'root:x:0:0:root:/root:/bin/sh\n', 'crl_malformed'],
    ['crl', Buffer.concat([amd.revoke([]), Buffer.of(0)]), 'crl_malformed'],
    ['certificate', new Uint8Array(32), 'x509_malformed'],
    ['tcb-info', '{"secret":1}', 'json_malformed'],
    ['qe-identity', tdx.collateral['tcb-info'], 'json_malformed'],
  ]
  for (const [name, bytes, code] of malformed) {
    const item = endorsement(name, new Uint8Array(Buffer.from(bytes as Uint8Array)))
    assert.throws(() => endorsementTerm(item), { name: 'AttestationError', code }, name)
  }
  assert.throws(() => endorsementTerm(new Uint8Array(40)), { code: 'endorsements_malformed' })
})
