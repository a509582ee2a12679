import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import {
  appraisers,
  encodeBinding,
  endorsement,
  hardwareOnlyPolicy,
  type Policy,
  skip,
  verify,
} from '@perf-aggregator/attestation'
import { amdMachine } from '@perf-aggregator/testkit/vendor-pki'
import { snpAppraiser } from '../../../../../packages/attestation/src/snp/appraiser.ts'
import { binding, mathematics, NOW } from '../../../../../packages/attestation/test/fixtures.ts'
import { TsmAttester } from '../../../src/tee/configfs-tsm/attester.ts'
import { random } from '../../random.ts'
import { certificateTable, type FakeTsmOptions, fakeTsm, GUIDS } from './fake-tsm.ts'

const UNAVAILABLE = { name: 'EnclaveError', code: 'tee_unavailable' }
const DATA = new Uint8Array(64).fill(0x51)

/** A report that is its report data, so that one over other data shows. */
const echo = (reportData: Uint8Array) => ({ outblob: reportData, auxblob: new Uint8Array(0) })

function attester(options: Partial<FakeTsmOptions> = {}, type: 'snp' | 'tdx' = 'snp') {
  const files = fakeTsm({ provider: type === 'snp' ? 'sev_guest' : 'tdx_guest', makeReport: echo, ...options })
  return { files, attester: new TsmAttester(type, { files, random }) }
}

test('an SNP report with the certificates of its host is what a verifier of this project accepts', async () => {
  const bound = binding()
  const reportData = new Uint8Array(createHash('sha512').update(encodeBinding(bound)).digest())
  const machine = amdMachine({ now: NOW, product: 'Genoa', reportData })
  const [vcek, ask, ark] = machine.chain
  assert.ok(vcek && ask && ark)
  const auxblob = certificateTable([
    [GUIDS.ark, ark],
    [GUIDS.crl, new Uint8Array(9)],
    [GUIDS.ask, ask],
    [GUIDS.vcek, vcek],
  ])
  const asked: Uint8Array[] = []
  const one = attester({
    makeReport(inblob) {
      asked.push(inblob)
      return { outblob: machine.report, auxblob }
    },
  })
  const { type, quote, endorsements } = await one.attester.attest(reportData)
  assert.deepEqual(asked[0], reportData)
  assert.equal(one.files.directories.size, 0)
  assert.deepEqual(
    endorsements,
    machine.chain.map((certificate) => endorsement('certificate', certificate)),
  )
  const policy: Policy = {
    ...hardwareOnlyPolicy('snp'),
    binding: 'required',
    nonce: bound.nonce,
    notAfter: 'ahead',
    clockSkew: skip('no time in a report'),
  }
  const { verdict, failures } = await judge(policy)
  assert.deepEqual(failures, [])
  assert.ok(verdict.accepted && verdict.enclave)

  async function judge(wanted: Policy) {
    const lists = [endorsement('crl', machine.revoke([]))]
    const families = appraisers(snpAppraiser(machine.roots))
    const evidence = { type, quote, binding: bound }
    const judged = await verify(evidence, [...endorsements, ...lists], wanted, NOW, mathematics, families)
    return { verdict: judged, failures: judged.accepted ? [] : judged.failures }
  }
})

test('a TDX quote comes as it is, and no table of certificates is asked for', async () => {
  const { attester: tdx } = attester({ makeReport: (outblob) => ({ outblob }) }, 'tdx')
  assert.deepEqual(await tdx.attest(DATA), { type: 'tdx', quote: DATA, endorsements: [] })
})

test('a firmware that is busy is asked again, each time in a directory of its own, and none is left', async () => {
  const { attester: snp, files } = attester({ busy: 4 })
  assert.deepEqual((await snp.attest(DATA)).quote, DATA)
  assert.equal(new Set(files.names).size, 5)
  assert.equal(files.directories.size, 0)
})

for (const [what, options] of [
  ['before the report was made', { disturbed: 2 }],
  ['after it was made', { disturbedLate: 2 }],
] as const) {
  test(`when somebody else asks through the directory ${what}, the report is made again`, async () => {
    const { attester: snp, files } = attester(options)
    assert.deepEqual((await snp.attest(DATA)).quote, DATA)
    assert.equal(files.names.length, 3)
  })
}

for (const [what, options] of [
  ['a machine without a provider', { provider: null }],
  ['a provider of another kind', { provider: 'tdx_guest' }],
  ['a provider nobody knows', { provider: 'other_guest' }],
  ['a firmware that is always busy', { busy: 99 }],
  ['a directory that is always disturbed', { disturbedLate: 99 }],
  ['a counter that is no number', { generation: 'many\n' }],
  ['a counter that stands still', { generation: '7\n' }],
  ['a report that cannot be made', { broken: 'EIO' }],
  ['a host without a table', { makeReport: (outblob: Uint8Array) => ({ outblob }) }],
] as const) {
  test(`no evidence from ${what}, and nothing left behind`, async () => {
    const { attester: snp, files } = attester(options)
    await assert.rejects(snp.attest(DATA), UNAVAILABLE)
    assert.equal(files.directories.size, 0)
  })
}

test('a counter that is no number is not mistaken for one that was disturbed', async () => {
  const { attester: snp, files } = attester({ generation: 'many\n' })
  await assert.rejects(snp.attest(DATA), { ...UNAVAILABLE, message: /made no report/ })
  assert.equal(files.names.length, 1)
})

test('report data of another size is refused', async () => {
  await assert.rejects(attester().attester.attest(new Uint8Array(63)), RangeError)
})
