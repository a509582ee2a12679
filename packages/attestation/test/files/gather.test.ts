/** What is taken of several that would do: the evidence's own, the key of this very report, the newest list. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  amdMachine,
  collateralFiles,
  intelMachine,
  makeCrl,
  nitroEnclave,
} from '../../../testkit/src/vendor-pki/index.ts'
import { type FileContent, gatherEndorsements, readFile } from '../../src/files/index.ts'
import { endorsement } from '../../src/index.ts'
import { NOW } from '../fixtures.ts'

const DAY = 86_400
const amd = amdMachine({ now: NOW })
const [vcek = new Uint8Array(), ask = new Uint8Array(), ark = new Uint8Array()] = amd.chain
const certificates = (...ders: readonly Uint8Array[]): readonly Uint8Array[] =>
  ders.map((der) => endorsement('certificate', der))
const read = (...files: readonly Uint8Array[]): readonly FileContent[] =>
  files.flatMap((bytes, at) => readFile(`${at}`, bytes) ?? [])
const report = { type: 'snp', quote: amd.report, binding: null }

test('SNP: what the host handed over is completed', () => {
  const whole = certificates(vcek, ask, ark)
  assert.deepEqual(gatherEndorsements(report, certificates(vcek), read(ark, ask)), whole)
  assert.deepEqual(gatherEndorsements(report, certificates(ask, ark), read(vcek)), whole)
  assert.deepEqual(gatherEndorsements(report, whole, read(vcek, ask, ark)), whole)
})

test('SNP: the key of older firmware gives way to the one the report names', () => {
  const old = amdMachine({ now: NOW, extensions: { '3.8': Uint8Array.of(0x02, 0x01, 0x05) } })
  const own = certificates(...old.chain)
  const gathered = gatherEndorsements(report, own, read(vcek, ask, ark))
  assert.deepEqual(gathered[0], endorsement('certificate', vcek))
  // Without it nothing is put in its place, and the verdict says what is wrong.
  assert.deepEqual(gatherEndorsements(report, own, read(ask, ark)), own)
})

test('SNP: a file’s certificate that cannot be read takes no other along', () => {
  const broken: FileContent = {
    evidence: null,
    endorsements: [],
    collectedAt: null,
    certificates: [vcek.subarray(1)],
    crls: [],
  }
  const files = [broken, ...read(ark, ask)]
  assert.deepEqual(gatherEndorsements(report, certificates(vcek), files), certificates(vcek, ask, ark))
})

test('SNP: certificates that cannot be read stay as they came, and so do items without a label', () => {
  const own = [...certificates(vcek.subarray(1)), new Uint8Array(40)]
  const gathered = gatherEndorsements(report, own, read(vcek, ask, ark))
  assert.deepEqual(gathered, [new Uint8Array(40), ...certificates(vcek.subarray(1))])
})

test('lists: the newest of each issuer, whatever its file is called', () => {
  const nitro = nitroEnclave({ now: NOW })
  const evidence = { type: 'nitro', quote: nitro.document, binding: null }
  const list = (issuer: 'root' | 'region', age: number): Uint8Array =>
    makeCrl({
      issuer: nitro.certificates[issuer],
      thisUpdate: NOW - age * DAY,
      nextUpdate: NOW + (2 - age) * DAY,
    })
  const [old, middle, young, region] = [list('root', 3), list('root', 1), list('root', 0), list('region', 5)]
  for (const files of [read(old, middle, young, region), read(young, region, middle, old)]) {
    assert.deepEqual(gatherEndorsements(evidence, [], files), [endorsement('crl', young), endorsement('crl', region)])
  }
  const [own] = [[endorsement('crl', middle)]]
  assert.deepEqual(gatherEndorsements(evidence, own, read(middle)), own)
})

test('Intel: own pieces first, then those that were issued last', () => {
  const machine = (age: number) => intelMachine({ now: NOW - age * DAY, tee: 'tdx' })
  const [old, young] = [machine(20), machine(0)]
  const evidence = { type: 'tdx', quote: young.quote, binding: null }
  const of = ({ collateral }: typeof old, name: string): FileContent | [] => {
    const bytes = collateralFiles(collateral).get(name)
    return (bytes && readFile(name, bytes)) ?? []
  }
  const names = [...collateralFiles(old.collateral).keys()]
  const both = [old, young].flatMap((one) => names.flatMap((name) => of(one, name)))
  for (const files of [both, both.toReversed()]) {
    const gathered = gatherEndorsements(evidence, [], files)
    assert.equal(gathered.length, names.length)
    for (const [name, bytes] of Object.entries(young.collateral)) {
      assert.ok(
        gathered.some((item) => Buffer.from(item).equals(endorsement(name as 'crl', bytes))),
        name,
      )
    }
  }
  const own = [endorsement('tcb-info', old.collateral['tcb-info'])]
  assert.deepEqual(gatherEndorsements(evidence, own, both)[0], own[0])
})
