/** Fetching against services that answer as the vendors document, and what is kept of what they answer. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Appraisers, appraisers, type EndorsementName, endorsement } from '@perf-aggregator/attestation'
import {
  amdMachine,
  intelMachine,
  makeCertificate,
  makeCrl,
  makeName,
  nitroEnclave,
  vendorKey,
} from '@perf-aggregator/testkit/vendor-pki'
import { type FakeService, fakeAmdKds, fakeAwsCrls, fakeIntelPcs } from '@perf-aggregator/testkit/vendor-services'
import { nitroAppraiser } from '../../../../../packages/attestation/src/nitro/appraiser.ts'
import { snpAppraiser } from '../../../../../packages/attestation/src/snp/appraiser.ts'
import { tdxAppraiser } from '../../../../../packages/attestation/src/tdx/appraiser.ts'
import { readCrl } from '../../../../../packages/attestation/src/x509/index.ts'
import { type Mirrors, NO_MIRRORS } from '../../../src/attest/fetch/address.ts'
import type { Asking } from '../../../src/attest/fetch/ask.ts'
import { FETCH_CODES } from '../../../src/attest/fetch/fetch-error.ts'
import { fetchRound } from '../../../src/attest/fetch/round.ts'
import { fetchedJson, fetchedLines } from '../../../src/display/fetched.ts'
import { temporaryFolder } from '../../tool.ts'

const NOW = 1_790_000_000
const DAY = 86_400
const FMSPC = '00906ed50000'
const root = temporaryFolder()

interface Place {
  readonly out: string
  readonly service: FakeService
  readonly said: readonly string[]
  /** Files and their outcomes or codes, and the failures of the verdict. */
  readonly round: (at?: number) => Promise<readonly [Record<string, string>, readonly string[]]>
}

async function place(
  t: TestContext,
  evidence: { readonly type: string; readonly quote: Uint8Array },
  service: FakeService,
  mirror: keyof Mirrors,
  families: Appraisers,
): Promise<Place> {
  t.after(() => service[Symbol.asyncDispose]())
  const out = join(root, `${t.name.replaceAll(/\W/g, '')}-${evidence.type}`)
  const said: string[] = []
  mkdirSync(out)
  const asking = (at: number): Asking => ({
    fetch: (input, init) => fetch(input, init),
    clock: { now: () => at * 1000, sleep: async () => undefined },
    tell: (line) => void said.push(line),
  })
  return {
    out,
    service,
    said,
    round: async (at = NOW) => {
      const given = { file: 'evidence', evidence: { ...evidence, binding: null }, endorsements: [] }
      const target = { out, mirrors: { ...NO_MIRRORS, [mirror]: service.url } }
      const { files, judged } = await fetchRound(given, target, asking(at), families)
      const { verdict } = judged
      return [
        Object.fromEntries(files.map(({ file, outcome, code }) => [file, code ?? outcome])),
        verdict.accepted ? [] : verdict.failures,
      ]
    },
  }
}

const tdx = intelMachine({ now: NOW, tee: 'tdx' })
const placeTdx = async (t: TestContext, collateral = tdx.collateral, fmspc = FMSPC): Promise<Place> =>
  await place(
    t,
    { type: 'tdx', quote: tdx.quote },
    await fakeIntelPcs({ tee: 'tdx', fmspc, collateral }),
    'pcs',
    appraisers(tdxAppraiser(tdx.roots)),
  )

const amd = amdMachine({ now: NOW })
const VCEK = `Milan/${Buffer.from(amd.report.subarray(0x1a0, 0x1e0)).toString('hex')}?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219`
const placeSnp = async (t: TestContext): Promise<Place> =>
  await place(
    t,
    { type: 'snp', quote: amd.report },
    await fakeAmdKds({ machine: amd, vcek: VCEK }),
    'kds',
    appraisers(snpAppraiser(amd.roots)),
  )

const SAVED = { 'tcbInfoIssuerChain.pem': 'saved', 'tcbInfo.json': 'saved', 'qeIdentityIssuerChain.pem': 'saved' }
const ALL_SAVED = { ...SAVED, 'qeIdentity.json': 'saved', 'pckCrl.der': 'saved', 'rootCaCrl.der': 'saved' }

test('Intel: six files as served, chains out of the headers, and genuine hardware at the end', async (t) => {
  const { out, service, round } = await placeTdx(t)
  assert.deepEqual(await round(), [ALL_SAVED, []])
  assert.deepEqual(readdirSync(out).toSorted(), Object.keys(ALL_SAVED).toSorted())
  assert.deepEqual(new Uint8Array(readFileSync(join(out, 'tcbInfo.json'))), tdx.collateral['tcb-info'])
  assert.match(readFileSync(join(out, 'tcbInfoIssuerChain.pem'), 'latin1'), /^-----BEGIN CERTIFICATE-----\n/)
  assert.deepEqual(service.requests, [
    `/tdx/certification/v4/tcb?fmspc=${FMSPC}`,
    '/tdx/certification/v4/qe/identity',
    '/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
    '/sgx/certification/v4/rootcacrl',
  ])
})

test('what is the same is not written again, so that nobody reads it anew', async (t) => {
  const { out, round } = await placeTdx(t)
  await round()
  const before = statSync(join(out, 'tcbInfo.json')).ino
  const [files] = await round()
  assert.deepEqual(new Set(Object.values(files)), new Set(['unchanged']))
  assert.equal(statSync(join(out, 'tcbInfo.json')).ino, before)
})

test('a platform Intel does not know: named, the rest is fetched, and the verdict says what is missing', async (t) => {
  const { round, said } = await placeTdx(t, tdx.collateral, 'ffffffffffff')
  const [files, failures] = await round()
  assert.equal(files['tcbInfo.json'], 'vendor_unknown')
  assert.equal(files['rootCaCrl.der'], 'saved')
  assert.ok(failures.includes('intel_collateral_missing'))
  assert.ok(
    said.some((line) => line.endsWith('does not know this machine (404) (vendor_unknown)')),
    said.join('\n'),
  )
})

test('an answer that is none stays outside, and the file at hand where it is', async (t) => {
  const { out, service, round } = await placeTdx(t)
  await round()
  const kept = readFileSync(join(out, 'tcbInfo.json'))
  const chain = {
    'TCB-Info-Issuer-Chain': encodeURIComponent(String(Buffer.from(tdx.collateral['tcb-info-issuer-chain']))),
  }
  const cases = [
    { status: 200, headers: chain, body: '<html>maintenance</html>' },
    { status: 200, headers: chain, body: tdx.collateral['tcb-info'].subarray(0, 900) },
    { status: 200, headers: chain, body: tdx.collateral['qe-identity'] },
    { status: 200, body: tdx.collateral['tcb-info'] },
    { status: 200, headers: { 'TCB-Info-Issuer-Chain': 'chain' }, body: tdx.collateral['tcb-info'] },
    { status: 200, headers: { 'TCB-Info-Issuer-Chain': '%E0%A4%A' }, body: tdx.collateral['tcb-info'] },
  ]
  for (const answer of cases) {
    service.instead(answer)
    const [files, failures] = await round()
    assert.equal(files['tcbInfo.json'], 'answer_malformed')
    assert.deepEqual(failures, [])
  }
  assert.deepEqual(readFileSync(join(out, 'tcbInfo.json')), kept)
  assert.ok(readdirSync(out).every((name) => !name.startsWith('.')))
})

test('an answer that has ended is not taken for a good one', async (t) => {
  const { round } = await placeTdx(t)
  const [files, failures] = await round(NOW + 2 * DAY)
  assert.equal(files['tcbInfo.json'], 'answer_ended')
  assert.equal(files['pckCrl.der'], 'answer_ended')
  assert.ok(failures.includes('intel_collateral_missing'))
})

test('AMD: the key of this very chip is asked for once and kept, list and chain again and again', async (t) => {
  const { service, round } = await placeSnp(t)
  assert.deepEqual(await round(), [{ 'vcek.der': 'saved', 'cert_chain.pem': 'saved', 'crl.der': 'saved' }, []])
  assert.deepEqual(await round(), [{ 'vcek.der': 'kept', 'cert_chain.pem': 'unchanged', 'crl.der': 'unchanged' }, []])
  assert.equal(service.requests.filter((path) => path.startsWith(`/vcek/v1/${VCEK}`)).length, 1)
})

test('AMD: the key at hand is of other firmware, so that the one of this is asked for', async (t) => {
  const { out, round } = await placeSnp(t)
  const old = amdMachine({ now: NOW, extensions: { '3.8': Uint8Array.of(0x02, 0x01, 0x05) } })
  writeFileSync(join(out, 'vcek.der'), old.chain[0] ?? '')
  assert.deepEqual((await round())[0]['vcek.der'], 'saved')
})

test('AMD: a key at hand that the intermediate did not sign is asked for again, whoever it names', async (t) => {
  const { out, round } = await placeSnp(t)
  await round()
  const other = vendorKey('rsa2048', 'nobody')
  const itself = { issuerName: makeName('SEV-VCEK'), signer: vendorKey('p384', 'VCEK') }
  const forged = [
    // The same name, another key; and one that issued itself.
    amdMachine({ now: NOW, leaf: { signer: other } }).chain[0],
    amdMachine({ now: NOW, leaf: { ...itself, ca: {}, withoutBasicConstraints: false } }).chain[0],
  ]
  for (const der of forged) {
    writeFileSync(join(out, 'vcek.der'), der ?? '')
    assert.deepEqual(await round(), [
      { 'vcek.der': 'saved', 'cert_chain.pem': 'unchanged', 'crl.der': 'unchanged' },
      [],
    ])
  }
})

test('AMD: a list that the root of the chain at hand did not sign is refused', async (t) => {
  const { out, service, round } = await placeSnp(t)
  await round()
  const chain = readFileSync(join(out, 'cert_chain.pem'))
  const forged = makeCrl({ issuer: amd.root, thisUpdate: NOW, nextUpdate: NOW + DAY, signer: amd.intermediate.key })
  service.instead({ status: 200, body: chain }, { status: 200, body: forged })
  assert.deepEqual((await round())[0]['crl.der'], 'answer_unverified')
})

test('Intel: a list of the name of the PCK chain inside the quote, and of another key, is refused', async (t) => {
  const issuer = makeCertificate({
    subject: 'x',
    key: vendorKey('p256', 'nobody'),
    ca: {},
    notBefore: 0,
    notAfter: NOW,
  })
  const issuerName = readCrl(tdx.collateral['pck-crl']).issuer
  const forged = makeCrl({ issuer, issuerName, thisUpdate: NOW, nextUpdate: NOW + DAY })
  const { out, round } = await placeTdx(t, { ...tdx.collateral, 'pck-crl': forged })
  const [files] = await round()
  assert.deepEqual([files['pckCrl.der'], files['rootCaCrl.der']], ['answer_unverified', 'saved'])
  assert.ok(!readdirSync(out).includes('pckCrl.der'))
})

test('AMD: 429 is waited for, and a list in the place of a key, or the other way round, is none', async (t) => {
  const { service, round, said } = await placeSnp(t)
  service.instead({ status: 429, headers: { 'Retry-After': '10' } })
  assert.deepEqual((await round())[1], [])
  assert.ok(said.some((line) => line.endsWith('(429): again in 10 s')))
  service.instead({ status: 200, body: amd.chain[1] ?? '' }, { status: 200, body: amd.chain[1] ?? '' })
  assert.equal((await round())[0]['crl.der'], 'answer_malformed')
})

const ROOT_LIST = '/crl/ab4960cc-7d63-42bd-9e9f-59338cb67f84.crl'
const REGION_LIST = '/crl/6f8ad3b6-8f5d-4bd0-8e1c-3cf5d4b7b3e5.crl'
const REGION_HOST = 'crl-eu-central-1-aws-nitro-enclaves.s3.eu-central-1.amazonaws.com'

async function placeNitro(t: TestContext, zoneList = `http://${REGION_HOST}${REGION_LIST}`) {
  const made = nitroEnclave({
    now: NOW,
    certificates: {
      region: { crlUris: [`http://aws-nitro-enclaves-crl.s3.amazonaws.com${ROOT_LIST}`] },
      zone: { crlUris: [zoneList] },
    },
  })
  const [rootList = new Uint8Array(), regionList = new Uint8Array()] = made.crls()
  const lists = new Map([
    [ROOT_LIST, rootList],
    [REGION_LIST, regionList],
  ])
  const families = appraisers(nitroAppraiser(made.roots))
  const evidence = { type: 'nitro', quote: made.document }
  return { made, lists, place: await place(t, evidence, await fakeAwsCrls(lists), 'crls', families) }
}

test('AWS: both lists; one that is older than that at hand does not come back', async (t) => {
  const { made, lists, place: nitro } = await placeNitro(t)
  assert.deepEqual(await nitro.round(), [{ '1.crl': 'saved', '2.crl': 'saved' }, []])
  const list = (age: number): Uint8Array =>
    makeCrl({ issuer: made.certificates.root, thisUpdate: NOW - age * DAY, nextUpdate: NOW + DAY })
  lists.set(ROOT_LIST, list(2))
  assert.deepEqual((await nitro.round())[0], { '1.crl': 'unchanged', '2.crl': 'answer_older' })
  lists.set(ROOT_LIST, list(0))
  assert.deepEqual((await nitro.round())[0], { '1.crl': 'unchanged', '2.crl': 'saved' })
  lists.delete(ROOT_LIST)
  assert.deepEqual(await nitro.round(), [{ '1.crl': 'unchanged', '2.crl': 'vendor_refused' }, []])
})

test('AWS: a list of another key, of another issuer, or of tomorrow does not replace the one at hand', async (t) => {
  const { made, lists, place: nitro } = await placeNitro(t)
  await nitro.round()
  const kept = readFileSync(join(nitro.out, '2.crl'))
  const { root, region } = made.certificates
  const nobody = vendorKey('p384', 'nobody')
  const stranger = makeCertificate({ subject: 'stranger', key: nobody, ca: {}, notBefore: 0, notAfter: NOW })
  const today = { thisUpdate: NOW, nextUpdate: NOW + DAY }
  const cases = [
    [makeCrl({ issuer: root, signer: nobody, ...today }), 'answer_unverified'],
    [makeCrl({ issuer: root, signer: region.key, ...today }), 'answer_unverified'],
    [makeCrl({ issuer: stranger, ...today }), 'answer_unverified'],
    [makeCrl({ issuer: root, thisUpdate: NOW + 1, nextUpdate: NOW + DAY }), 'answer_not_begun'],
  ] as const
  for (const [list, code] of cases) {
    lists.set(ROOT_LIST, list)
    assert.deepEqual(await nitro.round(), [{ '1.crl': 'unchanged', '2.crl': code }, []])
  }
  assert.deepEqual(readFileSync(join(nitro.out, '2.crl')), kept)
})

test('AWS: a forged list is not kept where there is none either', async (t) => {
  const { made, lists, place: nitro } = await placeNitro(t)
  const { root, region } = made.certificates
  lists.set(ROOT_LIST, makeCrl({ issuer: root, signer: region.key, thisUpdate: NOW, nextUpdate: NOW + DAY }))
  assert.deepEqual((await nitro.round())[0], { '1.crl': 'saved', '2.crl': 'answer_unverified' })
})

test('AWS: a kept list that is forged, or has not begun, keeps no genuine one out', async (t) => {
  const { made, place: nitro } = await placeNitro(t)
  const { root, region } = made.certificates
  const kept = [
    makeCrl({ issuer: root, signer: region.key, thisUpdate: NOW, nextUpdate: NOW + DAY }),
    makeCrl({ issuer: root, thisUpdate: NOW + 1, nextUpdate: NOW + DAY }),
  ]
  for (const list of kept) {
    writeFileSync(join(nitro.out, '2.crl'), list)
    const [files, failures] = await nitro.round()
    assert.deepEqual([files['2.crl'], failures], ['saved', []])
  }
})

test('an address inside evidence that is none of AWS is not connected to, and the rest is', async (t) => {
  const { place: nitro } = await placeNitro(t, 'http://169.254.169.254/crl/secrets.crl')
  assert.deepEqual(await nitro.round(), [{ '1.crl': 'address_refused', '2.crl': 'saved' }, ['crl_missing']])
  assert.deepEqual(nitro.service.requests, [ROOT_LIST])
})

test('evidence that cannot be read is malformed, and nobody is asked', async (t) => {
  const families = appraisers(snpAppraiser(amd.roots))
  const service = await fakeAmdKds({ machine: amd, vcek: VCEK })
  const { round } = await place(t, { type: 'snp', quote: amd.report.subarray(1) }, service, 'kds', families)
  const [files, failures] = await round()
  assert.deepEqual([files, service.requests], [{}, []])
  assert.ok(failures.includes('evidence_malformed'))
})

test('what an enclave handed out yesterday does not outweigh what was fetched today', async (t) => {
  const old = intelMachine({ now: NOW - 20 * DAY, tee: 'tdx' })
  const { out, service } = await placeTdx(t)
  // But for the chain of the PCK's CA, which is optional and names another test vendor's root.
  const { 'pck-crl-issuer-chain': _, ...collateral } = old.collateral
  const endorsements = Object.entries(collateral).map(([name, bytes]) => endorsement(name as EndorsementName, bytes))
  const given = { file: 'q', evidence: { type: 'tdx', quote: tdx.quote, binding: null }, endorsements }
  const asking = { fetch, clock: { now: () => NOW * 1000, sleep: async () => undefined }, tell: () => undefined }
  const target = { out, mirrors: { ...NO_MIRRORS, pcs: service.url } }
  const { judged } = await fetchRound(given, target, asking, appraisers(tdxAppraiser(tdx.roots)))
  assert.ok(
    judged.verdict.accepted,
    JSON.stringify(judged.verdict.checks.filter(({ outcome }) => outcome === 'failed')),
  )
})

test('for people and programs: what came from where, the verdict, and until when', async (t) => {
  const { out, service } = await placeTdx(t, tdx.collateral, 'ffffffffffff')
  const given = { file: 'q', evidence: { type: 'tdx', quote: tdx.quote, binding: null }, endorsements: [] }
  const asking = { fetch, clock: { now: () => NOW * 1000, sleep: async () => undefined }, tell: () => undefined }
  const target = { out, mirrors: { ...NO_MIRRORS, pcs: service.url } }
  const round = await fetchRound(given, target, asking, appraisers(tdxAppraiser(tdx.roots)))
  const lines = fetchedLines(round, 120).join('\n')
  assert.match(
    lines,
    /^failed +tcbInfo\.json +api\.trustedservices\.intel\.com: vendor_unknown; what was there stays$/m,
  )
  assert.match(lines, /^saved +rootCaCrl\.der +from certificates\.trustedservices\.intel\.com$/m)
  assert.match(lines, /^FAIL +intel_collateral +intel_collateral_missing: /m)
  assert.match(lines, /^REJECTED: .*intel_collateral_missing/m)
  const json = JSON.parse(JSON.stringify(fetchedJson(round))) as { outcome: string; holds_until: string }
  assert.equal(json.outcome, 'rejected')
  assert.match(json.holds_until, /^2026-09-22T/)
})

test('every code of fetching is documented', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../../docs/errors.md'), 'utf8')
  for (const code of FETCH_CODES) assert.ok(text.includes(`\n| \`${code}\` | `), code)
})
