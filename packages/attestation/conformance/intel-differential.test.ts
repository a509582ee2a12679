/** The same evidence before this verifier and before `@phala/dcap-qvl`: the same verdict and status, or a written reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { vendorKey } from '../../testkit/src/vendor-pki/index.ts'
import { type IntelOptions, intelMachine } from '../../testkit/src/vendor-pki/intel.ts'
import { labelled } from '../src/endorsements.ts'
import { type Appraisers, appraisers, type EndorsementName, endorsement, skip, verify } from '../src/index.ts'
import { sgxAppraiser } from '../src/sgx/appraiser.ts'
import { tdxAppraiser } from '../src/tdx/appraiser.ts'
import { levels, members, NOW, put } from '../test/intel/machines.ts'
import { absent, at, read } from './corpus.ts'
import { askPeer } from './intel-peer.ts'
import { policyFor, SGX_HARDENING, TDX_NO_LEVEL, TDX_UP_TO_DATE } from './intel-samples.ts'

/** Evidence for both, the TCB level left to nobody: both name it. */
interface Case {
  readonly type: 'sgx' | 'tdx'
  readonly quote: Uint8Array
  readonly pieces: Readonly<Record<string, Uint8Array>>
  readonly now: number
  readonly families?: Appraisers
  readonly root?: Uint8Array
}

/** What a verifier says: the status of evidence it accepts, or that it refuses. */
async function both({
  type,
  quote,
  pieces,
  now,
  families,
  root,
}: Case): Promise<readonly [ours: string, theirs: string]> {
  const endorsements = Object.entries(pieces).map(([name, bytes]) => endorsement(name as EndorsementName, bytes))
  const policy = policyFor(type, skip('both name the level'))
  const verdict = await verify({ type, quote, binding: null }, endorsements, policy, now, mathematics, families)
  const ours = verdict.accepted ? (verdict.claims.tcb?.status ?? 'no judgement') : 'refused'
  return [ours, askPeer(quote, pieces, now, root).status ?? 'refused']
}

const piecesOf = (endorsements: readonly Uint8Array[]): Readonly<Record<string, Uint8Array>> =>
  Object.fromEntries(
    endorsements.flatMap((item) => labelled(item) ?? []).map(({ name, bytes }) => [name, bytes] as const),
  )

const tdx = (): Case => ({ ...TDX_UP_TO_DATE, pieces: piecesOf(TDX_UP_TO_DATE.endorsements) })
const sgx = (): Case => ({ ...SGX_HARDENING, pieces: piecesOf(SGX_HARDENING.endorsements) })
const google = (): Case => ({ ...TDX_NO_LEVEL, pieces: piecesOf(TDX_NO_LEVEL.endorsements) })

const CORPUS_CASES: Readonly<Record<string, () => Case>> = {
  'TDX up to date': tdx,
  'TDX at the end of its window': () => ({ ...tdx(), now: at('2025-07-19T10:00:35Z') }),
  'TDX, PCK CRL expired': () => ({ ...tdx(), now: at('2025-07-19T10:00:36Z') }),
  'TDX, all collateral expired': () => ({ ...tdx(), now: at('2025-09-01T00:00:00Z') }),
  'TDX, before its collateral': () => ({ ...tdx(), now: at('2025-06-19T00:00:00Z') }),
  'TDX without its padding': () => ({ ...tdx(), quote: tdx().quote.slice(0, -70) }),
  'TDX with other bytes in its padding': () => ({ ...tdx(), quote: put(tdx().quote.length - 1, 1)(tdx().quote) }),
  'SGX, hardening needed': sgx,
  'SGX, expired': () => ({ ...sgx(), now: at('2025-09-01T00:00:00Z') }),
  'SGX with bytes after it': () => ({ ...sgx(), quote: Uint8Array.of(...sgx().quote, 0) }),
  'SGX with the collateral of TDX': () => ({ ...sgx(), pieces: tdx().pieces }),
  'TDX of no level, bytes after it': google,
  'TDX of no level': () => ({ ...google(), quote: google().quote.slice(0, -39) }),
  'TDX 1.5 of another platform': () => ({ ...tdx(), quote: read('tdx/trustee-v5-td15-nonzero-mrservicetd.quote.bin') }),
  'TDX under debug': () => ({ ...tdx(), quote: read('tdx/DEBUG-trustee-v4.quote.bin') }),
  'SGX under debug': () => ({ ...sgx(), quote: read('sgx/DEBUG-trustee-occlum-v3.quote.bin') }),
  ...Object.fromEntries(
    ['mrtd', 'rtmr3', 'reportdata', 'tdattributes-debug', 'signature', 'qereport', 'attkey'].map((what) => [
      `TDX, ${what} flipped`,
      () => ({ ...tdx(), quote: read(`tdx/negative/phala-v4-${what}-bit-flipped.bin`) }),
    ]),
  ),
  'TDX cut short': () => ({ ...tdx(), quote: read('tdx/negative/phala-v4-truncated.bin') }),
}

const DAY = 86_400
const other = vendorKey('p256', 'another')
const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
const COMPONENTS = [8, 8, 3, 3, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]

const MACHINES: Readonly<Record<string, Partial<IntelOptions>>> = {
  genuine: {},
  'one component short': { platform: { components: COMPONENTS.with(2, 2) } },
  'two levels short': { platform: { components: COMPONENTS.with(0, 7) } },
  'below every level': { platform: { components: COMPONENTS.with(7, 4) } },
  'PCE short': { platform: { pceSvn: 12 } },
  'other FMSPC': { tcbInfo: members({ fmspc: '00A067110000' }) },
  'other PCE identity': { tcbInfo: members({ pceId: '0001' }) },
  'TCB info signed by another': { signers: { tcbInfo: other } },
  'QE identity signed by another': { signers: { qeIdentity: other } },
  'quote signed by another': { signers: { quote: other } },
  'QE report signed by another': { signers: { qeReport: other } },
  'PCK CRL signed by another': { signers: { pckCrl: other } },
  'root CRL signed by another': { signers: { rootCrl: other } },
  'PCK revoked': { revoked: ['pck'] },
  'CA revoked': { revoked: ['ca'] },
  'signer revoked': { revoked: ['signer'] },
  'lists expired': { crlDates: { thisUpdate: NOW - DAY, nextUpdate: NOW - 1 } },
  'lists of tomorrow': { crlDates: { thisUpdate: NOW + 1, nextUpdate: NOW + DAY } },
  'PCK expired': { certificates: { pck: { notAfter: NOW - 1 } } },
  'PCK of another name': { certificates: { pck: { subject: 'another' } } },
  'signer of another name': { certificates: { signer: { subject: 'another' } } },
  'TCB info expired': { tcbInfo: members({ nextUpdate: iso(NOW - 1) }) },
  'QE identity expired': { qeIdentity: members({ nextUpdate: iso(NOW - 1) }) },
  'QE of another signer': { qeIdentity: members({ mrsigner: '00'.repeat(32) }) },
  'QE of another product': { qeIdentity: members({ isvprodid: 9 }) },
  'QE out of date': { qeReport: put(258, 6, 0) },
  'QE of no level': { qeReport: put(258, 5, 0) },
  'QE under debug': { qeReport: put(48, 0x13) },
  'bytes after the key hash': { qeReport: put(383, 1) },
  'QE of another vendor': { header: put(12, 0) },
  'level revoked': { tcbInfo: levels((all) => all.map((level) => ({ ...level, tcbStatus: 'Revoked' }))) },
  'QE revoked': { qeIdentity: levels((all) => all.map((level) => ({ ...level, tcbStatus: 'Revoked' }))) },
}

const TDX_MACHINES: Readonly<Record<string, Partial<IntelOptions>>> = {
  debug: { body: put(120, 1) },
  'pages that fault': { body: put(120, 0, 0, 0, 0) },
  'reserved attribute': { body: put(121, 1) },
  migratable: { body: put(120, 0, 0, 0, 0x30) },
  'module out of date': { body: put(0, 5) },
  'module nobody knows': { body: put(1, 2) },
  'module version 0': { body: put(0, 5, 0) },
  'module of another signer': { body: put(64, 1) },
  'microcode short': { body: put(2, 2) },
  'TDX 1.5': { version: 5 },
  'TDX 1.5, service TD': { version: 5, body: put(600, 1) },
  'TDX 1.5, launched under an old module': { version: 5, body: (body) => put(584, 6, 1, 3)(put(0, 5)(body)) },
}

const SGX_MACHINES: Readonly<Record<string, Partial<IntelOptions>>> = {
  debug: { body: put(48, 7) },
  'reserved attribute': { body: put(48, 0x0d) },
}

function cases(): ReadonlyMap<string, () => Case> {
  const made = (type: 'sgx' | 'tdx', options: Partial<IntelOptions>) => (): Case => {
    const { quote, collateral, roots, root } = intelMachine({ ...options, now: NOW, tee: type })
    const families = appraisers(sgxAppraiser(roots), tdxAppraiser(roots))
    return { type, quote, pieces: collateral, now: NOW, families, root }
  }
  const named = (type: 'sgx' | 'tdx', all: Readonly<Record<string, Partial<IntelOptions>>>) =>
    Object.entries(all).map(([what, options]) => [`test vendor, ${type}: ${what}`, made(type, options)] as const)
  return new Map([
    ...(absent ? [] : Object.entries(CORPUS_CASES)),
    ...named('sgx', { ...MACHINES, ...SGX_MACHINES }),
    ...named('tdx', { ...MACHINES, ...TDX_MACHINES }),
  ])
}

type Difference = readonly [ours: string, theirs: string, reason: string]

const strict = (reason: string, theirs = 'UpToDate'): Difference => ['refused', theirs, reason]
const lists = strict(
  'the peer looks for serial numbers in revocation lists, but checks neither their signature nor their dates',
)
const ends =
  'bytes that nobody signed are carried along; here a quote ends where its signature ends, but for zeros after a TDX quote'
const module = 'the peer knows no TDX module identities, which judge the module since Intel counts its major versions'

/** Where the verdicts differ, and why ours is meant. The peer is never the stricter one. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'TDX, PCK CRL expired': lists,
  'TDX with other bytes in its padding': strict(ends),
  'SGX with bytes after it': strict(ends, 'ConfigurationAndSWHardeningNeeded'),
  'PCK CRL signed by another': lists,
  'root CRL signed by another': lists,
  'lists expired': lists,
  'lists of tomorrow': lists,
  'other PCE identity': strict('the peer compares the FMSPC alone; TCB info is about an FMSPC and a PCE identity'),
  'PCK of another name': strict("Intel's profile gives each certificate its name; the peer takes any below the root"),
  'signer of another name': strict(
    "Intel's profile gives each certificate its name; the peer takes any below the root",
  ),
  'bytes after the key hash': strict('the format has zeros there'),
  'QE of another vendor': strict('the peer does not look at who made the quoting enclave'),
  'reserved attribute': strict('of SGX, reserved bits have to be zero; the peer looks at them in TDX only'),
  'module out of date': ['OutOfDate', 'UpToDate', module],
  'module nobody knows': strict(module),
  'module of another signer': strict(module),
  'TDX 1.5, launched under an old module': ['TDRelaunchAdvised', 'UpToDate', module],
}

test('verdicts and statuses are those of @phala/dcap-qvl, but for the differences written down', async () => {
  const met = new Set<string>()
  let judged = 0
  for (const [name, make] of cases()) {
    const [ours, theirs] = await both(make())
    judged += 1
    if (ours === theirs) continue
    const what = name.replace(/^test vendor, (?:sgx|tdx): /, '')
    const [expectedOurs, expectedTheirs] = DIFFERENCES[what] ?? ['the same', 'verdict']
    assert.deepEqual([ours, theirs], [expectedOurs, expectedTheirs], name)
    met.add(what)
  }
  const known = Object.keys(DIFFERENCES).filter((what) => !absent || !Object.hasOwn(CORPUS_CASES, what))
  assert.deepEqual([...met].toSorted(), known.toSorted(), 'every difference that is written down is there')
  console.log(`${judged} cases, all judged alike but for ${met.size} differences written down`)
})

/** Prime, so that places fall on no boundary by rule. */
const STEP = process.env['EXHAUSTIVE'] === '1' ? 7 : 71

for (const [type, make] of [
  ['tdx', tdx],
  ['sgx', sgx],
] as const) {
  test(`${type}: nothing with a bit turned over is accepted here that the peer refuses`, { skip: absent }, async () => {
    const genuine = make()
    let [judged, laxer] = [0, 0]
    for (const name of ['quote', ...Object.keys(genuine.pieces)]) {
      const part = name === 'quote' ? genuine.quote : (genuine.pieces[name] ?? new Uint8Array(0))
      for (let place = 0; place < part.length; place += STEP) {
        const altered = part.with(place, (part[place] ?? 0) ^ (1 << (place & 7)))
        const changed = name === 'quote' ? { quote: altered } : { pieces: { ...genuine.pieces, [name]: altered } }
        const [ours, theirs] = await both({ ...genuine, ...changed })
        judged += 1
        assert.equal(ours, 'refused', `${name}, byte ${place}`)
        if (theirs !== 'refused') laxer += 1
      }
    }
    console.log(`${type}: ${judged} flips, all refused here; the peer accepts ${laxer} of them`)
  })
}
