import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type EndorsementName, endorsement, formatBundle } from '@perf-aggregator/attestation'
import { amdMachine, collateralFiles, intelMachine } from '@perf-aggregator/testkit/vendor-pki'
import { CollectedEndorsements } from '../../src/endorsements/collected.ts'
import { EndorsedAttester } from '../../src/endorsements/endorsed-attester.ts'
import { type EndorsementFolder, endorsementFolder, MOST_ENTRIES, MOST_FILE } from '../../src/endorsements/folder.ts'

const NOW = 1_790_000_000
const tdx = intelMachine({ now: NOW, tee: 'tdx' })
const evidence = { type: 'tdx', quote: tdx.quote, binding: null }
const collateral = collateralFiles(tdx.collateral)

const root = await mkdtemp(join(tmpdir(), 'endorsements-'))
after(() => rm(root, { recursive: true }))
let made = 0

async function folder(files: ReadonlyMap<string, Uint8Array | string> = new Map()): Promise<string> {
  const directory = join(root, String(made++))
  await mkdir(directory)
  for (const [name, bytes] of files) await writeFile(join(directory, name), bytes)
  return directory
}

function open(source: string | EndorsementFolder) {
  const refused: (readonly [string, string | null])[] = []
  const changes: number[] = []
  const collected = new CollectedEndorsements(typeof source === 'string' ? endorsementFolder(source) : source, {
    refused: (code, file) => void refused.push([code, file]),
    changed: (files) => void changes.push(files),
  })
  return { collected, refused, changes }
}

const served = (collected: CollectedEndorsements): readonly string[] =>
  collected.endorse(evidence, []).map((item) => Buffer.from(item).toString('latin1'))

test('what lies in the folder goes out with evidence, and only what changed is read again', async () => {
  const directory = await folder(collateral)
  const disk = endorsementFolder(directory)
  const reads: string[] = []
  const { collected, refused, changes } = open({
    list: () => disk.list(),
    read: (name) => {
      reads.push(name)
      return disk.read(name)
    },
  })
  assert.deepEqual(served(collected), [])
  assert.equal(collected.coverage()?.missing.length, 6)
  await collected.look()
  assert.equal(served(collected).length, 7)
  assert.deepEqual(collected.coverage()?.missing, [])
  assert.equal(reads.length, 7)
  await collected.look()
  assert.deepEqual([reads.length, changes], [7, [7]])

  await writeFile(join(directory, '.new'), 'half')
  await rm(join(directory, 'tcbInfo.json'))
  await collected.look()
  assert.deepEqual(collected.coverage()?.missing, ['tcb-info'])
  await writeFile(join(directory, '.new'), collateral.get('tcbInfo.json') ?? '')
  await rename(join(directory, '.new'), join(directory, 'tcbInfo.json'))
  await collected.look()
  assert.deepEqual(collected.coverage()?.missing, [])
  assert.deepEqual([reads.at(-1), reads.length, changes, refused], ['tcbInfo.json', 8, [7, 6, 7], []])
})

test('a broken file is left out under its code, and takes nothing else along', async () => {
  const secret = 'master-key-of-this-enclave'
  const broken: ReadonlyMap<string, readonly [string, string | Uint8Array]> = new Map([
    ['a.txt', ['file_unknown', 'a note']],
    ['b.json', ['json_malformed', '{"tcbInfo":']],
    ['c.pem', ['pem_malformed', `-----BEGIN CERTIFICATE-----\n${secret}\n-----END CERTIFICATE-----\n`]],
    ['d.der', ['crl_malformed', Uint8Array.of(0x30, 3, 2, 1, 0)]],
    ['e.bin', ['file_too_large', new Uint8Array(MOST_FILE + 1)]],
    // Under these names files are taken as they are: what they hold has to be what they say.
    ['pckCrlIssuerChain.pem', ['pem_malformed', secret]],
  ])
  const files = new Map([...collateral, ...[...broken].map(([name, [, bytes]]) => [name, bytes] as const)])
  const { collected, refused } = open(await folder(files))
  await collected.look()
  assert.deepEqual(
    refused.map(([code, file]) => [file, code]),
    [...broken].map(([name, [code]]) => [name, code]),
  )
  assert.equal(
    served(collected).length,
    6,
    'all but the optional chain under a name of Intel that holds something else',
  )
  assert.ok(!served(collected).join().includes(secret))
})

test('evidence in the folder is nobody’s, and the endorsements of a bundle are', async () => {
  const endorsements = Object.entries(tdx.collateral).map(([name, bytes]) =>
    endorsement(name as EndorsementName, bytes),
  )
  const bundle = formatBundle({ evidence, endorsements, collectedAt: NOW })
  const { collected, refused } = open(
    await folder(
      new Map([
        ['bundle.json', bundle],
        ['quote.bin', tdx.quote],
      ]),
    ),
  )
  await collected.look()
  assert.deepEqual(refused, [])
  assert.equal(served(collected).length, 7)
})

test('a link is not followed, nor a pipe waited for: what they mean is of this machine and not of the folder', async () => {
  const elsewhere = await folder(collateral)
  const directory = await folder()
  for (const name of collateral.keys()) await symlink(join(elsewhere, name), join(directory, name))
  execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', join(directory, 'pipe')])
  await mkdir(join(directory, 'deeper'))
  const { collected, refused } = open(directory)
  await collected.look()
  assert.deepEqual(served(collected), [])
  assert.deepEqual(new Set(refused.map(([code]) => code)), new Set(['file_not_regular']))
  assert.equal(refused.length, 9)
})

test('number and size are bounded, and what is above is left out under its code', async () => {
  const many = new Map(Array.from({ length: MOST_ENTRIES + 1 }, (_, at) => [`x${at}`, 'x'] as const))
  const crowd = open(await folder(many))
  await crowd.collected.look()
  assert.equal(crowd.refused.filter(([code]) => code === 'too_many_files').length, 1)
  assert.ok(crowd.refused.length <= MOST_ENTRIES + 1)

  const padded = (name: string) => [name, Buffer.from(`{"tcbInfo":{}${' '.repeat(200_000)}}`)] as const
  const heavy = open(await folder(new Map([...collateral, padded('y.json'), padded('z.json')])))
  await heavy.collected.look()
  assert.ok(
    heavy.refused.every(([code]) => code === 'file_unknown'),
    String(heavy.refused),
  )
  const amd = amdMachine({ now: NOW })
  const lists = new Map(
    Array.from(
      { length: 3 },
      (_, at) =>
        [
          `${at}.crl`,
          amd.revoke(Array.from({ length: 7_000 }, (_one, serial) => Uint8Array.of(1, serial >> 8, serial & 0xff))),
        ] as const,
    ),
  )
  const large = open(await folder(lists))
  await large.collected.look()
  assert.deepEqual(large.refused, [['folder_too_large', '2.crl']])
})

test('more endorsements than an answer may have: its own alone go out, and the operator is told once', async () => {
  const { collected, refused } = open(await folder(collateral))
  const own = Array.from({ length: 26 }, (_, at) => endorsement('crl', Uint8Array.of(at)))
  await collected.look()
  for (let time = 0; time < 2; time++) assert.deepEqual(collected.endorse(evidence, own), own)
  // Another set that is as much too many is not told again.
  assert.deepEqual(collected.endorse(evidence, own.toReversed()), own.toReversed())
  assert.deepEqual(refused, [['too_many_endorsements', null]])
  assert.equal(collected.endorse(evidence, own.slice(1)).length, 32)
  collected.endorse(evidence, own)
  assert.equal(refused.length, 2)
})

test('what was gathered is kept until the folder, the evidence’s own or the hardware is another', async () => {
  const amd = amdMachine({ now: NOW })
  const of = (quote: Uint8Array) => ({ type: 'snp', quote, binding: null })
  const [vcek = assert.fail(), ask = assert.fail(), ark = assert.fail()] = amd.chain
  const own = () => [endorsement('certificate', vcek.slice())]
  const directory = await folder(new Map([['ask.der', ask]]))
  const { collected } = open(directory)
  await collected.look()
  const first = collected.endorse(of(amd.report), own())
  assert.equal(first.length, 2)
  assert.equal(collected.endorse(of(amd.reportOver(new Uint8Array(64).fill(7))), own()), first)
  assert.equal(collected.coverage()?.missing.length, 2)
  assert.equal(collected.endorse(of(amd.report), []).length, 0)
  assert.deepEqual(collected.endorse(of(amd.report), own()), first)
  const older = amdMachine({ now: NOW, report: [[0x180, [1]]] }).report
  assert.notEqual(collected.endorse(of(older), own()), first)
  await writeFile(join(directory, 'ark.der'), ark)
  await collected.look()
  assert.equal(collected.endorse(of(amd.report), own()).length, 3)
})

test('a folder that is not there, or went away: told once, and what was read stays in use', async () => {
  const directory = await folder(collateral)
  const { collected, refused, changes } = open(directory)
  await collected.look()
  await rename(directory, `${directory}-gone`)
  await collected.look()
  await collected.look()
  assert.deepEqual(refused, [['folder_unreadable', null]])
  assert.equal(served(collected).length, 7)
  await rename(`${directory}-gone`, directory)
  await collected.look()
  assert.equal(served(collected).length, 7)
  assert.deepEqual(changes, [7])
})

test('looks do not pile up behind a disk that hangs, and quotes go on meanwhile', async () => {
  let listed = 0
  const { collected } = open({
    list: () => {
      listed++
      return new Promise<never>(() => undefined)
    },
    read: () => Promise.reject(new Error('not asked for')),
  })
  for (let look = 0; look < 3; look++) void collected.look()
  assert.equal(listed, 1)
  assert.deepEqual(served(collected), [])
})

test('a file that could not be read for its permissions is read when it can be', async () => {
  let denied = true
  const disk = endorsementFolder(await folder(collateral))
  let version = 0
  const { collected, refused } = open({
    list: async () => {
      const { entries, whole } = await disk.list()
      return { entries: entries.map((entry) => ({ ...entry, version: `${version}` })), whole }
    },
    read: async (name) => {
      if (denied) throw Object.assign(new Error('denied'), { code: 'EACCES' })
      return await disk.read(name)
    },
  })
  await collected.look()
  assert.deepEqual([served(collected), new Set(refused.map(([code]) => code))], [[], new Set(['file_unreadable'])])
  denied = false
  version++
  await collected.look()
  assert.equal(served(collected).length, 7)
})

test('a change of permissions changes the version of a file', async () => {
  const directory = await folder(new Map([['a', 'x']]))
  const disk = endorsementFolder(directory)
  const before = await disk.list()
  await chmod(join(directory, 'a'), 0o600)
  assert.notDeepEqual((await disk.list()).entries, before.entries)
})

test('evidence goes out as the TEE made it where nothing could be added', async () => {
  const own = [endorsement('pck-crl', tdx.collateral['pck-crl'])]
  const attest = async () => ({ type: 'tdx', quote: tdx.quote, endorsements: own })
  const failures: unknown[] = []
  const failing = new EndorsedAttester(
    { type: 'tdx', attest },
    {
      endorse: () => {
        throw new Error('never')
      },
    },
    (error) => void failures.push(error),
  )
  assert.deepEqual(await failing.attest(new Uint8Array(64)), await attest())
  assert.equal(failures.length, 1)
  const { collected } = open(await folder(collateral))
  await collected.look()
  const endorsed = new EndorsedAttester({ type: 'tdx', attest }, collected, (error) => void failures.push(error))
  assert.equal(endorsed.type, 'tdx')
  const { endorsements } = await endorsed.attest(new Uint8Array(64))
  assert.equal(endorsements.length, 7)
  assert.equal(endorsements.filter((item) => Buffer.compare(item, own[0] ?? item) === 0).length, 1)
})
