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

test('Intel: those that were issued last, whoever brought them', () => {
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
  assert.deepEqual(gatherEndorsements(evidence, own, []), own)
  assert.deepEqual(gatherEndorsements(evidence, own, both)[0], endorsement('tcb-info', young.collateral['tcb-info']))
})

test('of several lists the one that holds at the moment of the verdict, whoever brought it', () => {
  const nitro = nitroEnclave({ now: NOW })
  const evidence = { type: 'nitro', quote: nitro.document, binding: null }
  const list = (begins: number): Uint8Array =>
    makeCrl({ issuer: nitro.certificates.root, thisUpdate: NOW + begins * DAY, nextUpdate: NOW + (begins + 2) * DAY })
  const [ended, holding, newer, later] = [list(-9), list(-1), list(0), list(30)]
  const taken = (own: readonly Uint8Array[], ...files: readonly Uint8Array[]): readonly Uint8Array[] =>
    gatherEndorsements(
      evidence,
      own.map((der) => endorsement('crl', der)),
      read(...files),
      NOW,
    )
  const only = (der: Uint8Array): readonly Uint8Array[] => [endorsement('crl', der)]
  assert.deepEqual(taken([ended], holding), only(holding))
  assert.deepEqual(taken([], holding, later), only(holding))
  assert.deepEqual(taken([later], holding), only(holding))
  // A newer list may tell of a revocation that the evidence's own does not.
  assert.deepEqual(taken([holding], newer), only(newer))
  assert.deepEqual(taken([newer], holding), only(newer))
  assert.deepEqual(taken([ended], later), only(later))
})

test('Intel: what came with evidence that has lain about gives way to what holds', () => {
  const machine = (age: number) => intelMachine({ now: NOW - age * DAY, tee: 'tdx' })
  const [old, young] = [machine(90), machine(0)]
  const evidence = { type: 'tdx', quote: young.quote, binding: null }
  const labels = ({ collateral }: typeof old): readonly Uint8Array[] =>
    Object.entries(collateral).map(([name, bytes]) => endorsement(name as 'crl', bytes))
  const fresh = [...collateralFiles(young.collateral)].flatMap(([name, bytes]) => readFile(name, bytes) ?? [])
  const gathered = gatherEndorsements(evidence, labels(old), fresh, NOW)
  for (const name of ['tcb-info', 'qe-identity', 'pck-crl', 'root-ca-crl'] as const) {
    const item = endorsement(name, young.collateral[name])
    assert.ok(
      gathered.some((one) => Buffer.from(one).equals(item)),
      name,
    )
  }
})
