/** Every certificate and revocation list of the corpus, read; every genuine chain, validated at its time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { encodeUtf8 } from '../src/bytes/index.ts'
import { type CborValue, isCborArray, isCborMap, readCbor } from '../src/cbor/index.ts'
import { AMD_ROOTS, INTEL_ROOTS, NITRO_ROOTS } from '../src/roots/index.ts'
import {
  appraiseChain,
  appraiseRevocation,
  readCertificate,
  readCrl,
  readPem,
  type X509Certificate,
} from '../src/x509/index.ts'
import { absent, at, find, read } from './corpus.ts'

const skip = absent

interface Collateral {
  readonly [name: string]: string
}

function collateral(folder: string): Collateral {
  return JSON.parse(new TextDecoder().decode(read(`${folder}/collateral.json`))) as Collateral
}

function pem(text: string | undefined): readonly Uint8Array[] {
  return readPem(encodeUtf8(text ?? ''), 'CERTIFICATE')
}

/** The PEM block a quote carries. */
function quoteChain(path: string): readonly Uint8Array[] {
  const quote = Buffer.from(read(path))
  const end = '-----END CERTIFICATE-----'
  return readPem(quote.subarray(quote.indexOf('-----BEGIN'), quote.lastIndexOf(end) + end.length), 'CERTIFICATE')
}

/** Enclave certificate and bundle of a Nitro document, leaf first. */
function nitroChain(path: string): readonly Uint8Array[] {
  const document = read(path)
  const cose = readCbor(document[0] === 0 ? document.subarray(4) : document)
  const payload = isCborArray(cose) ? cose[2] : null
  assert.ok(payload instanceof Uint8Array)
  const map = readCbor(payload, { indefiniteMaps: true })
  assert.ok(isCborMap(map))
  const bundle = map.get('cabundle') ?? null
  const isBytes = (value: CborValue | undefined): value is Uint8Array => value instanceof Uint8Array
  assert.ok(isCborArray(bundle))
  return [map.get('certificate'), ...bundle.toReversed()].filter(isBytes)
}

async function codes(
  chain: readonly Uint8Array[],
  roots: readonly string[],
  time: string,
  known: readonly string[] = [],
): Promise<readonly string[]> {
  const { checks } = await appraiseChain(chain, {
    what: 'chain',
    roots,
    length: chain.length,
    now: at(time),
    mathematics,
    knownExtensions: known,
  })
  return checks.flatMap((one) => (one.outcome === 'failed' ? [one.code] : []))
}

test('every certificate of the corpus is read', { skip }, () => {
  const certificates: Uint8Array[] = []
  for (const path of find('**/*.pem')) certificates.push(...readPem(read(path), 'CERTIFICATE'))
  for (const path of find('**/*.der')) if (!/crl/i.test(path)) certificates.push(read(path))
  for (const path of find('nitro/*.cose')) certificates.push(...nitroChain(path))
  for (const path of find('{sgx,tdx}/**/*quote.bin')) certificates.push(...quoteChain(path))
  for (const path of find('**/collateral.json')) {
    for (const [name, text] of Object.entries(collateral(path.replace('/collateral.json', '')))) {
      if (name.endsWith('issuer_chain')) certificates.push(...pem(text))
    }
  }
  const read509: X509Certificate[] = certificates.map(readCertificate)
  assert.ok(read509.length > 70, `${read509.length} certificates`)
  assert.ok(read509.every(({ notBefore, notAfter }) => notBefore < notAfter))
  console.log(`${read509.length} certificates read, ${new Set(read509.map(({ der }) => der.join())).size} different`)
})

test('every revocation list of the corpus is read', { skip }, () => {
  const lists = find('**/*Crl.der').map(read)
  for (const path of find('**/collateral.json')) {
    for (const [name, text] of Object.entries(collateral(path.replace('/collateral.json', '')))) {
      if (name.endsWith('_crl')) lists.push(new Uint8Array(Buffer.from(text, 'hex')))
    }
  }
  const revoked = lists.map((list) => readCrl(list).revoked.size)
  assert.deepEqual(
    revoked.toSorted((left, right) => left - right),
    [0, 0, 0, 0, 44, 44],
  )
})

const NITRO = {
  'nitro/evervault-2022-10-13-pcr8.cose': '2022-10-13T08:58:02Z',
  'nitro/cape-2022-09-15-x25519-pubkey-nonce.cose': '2022-09-15T17:43:28Z',
  'nitro/dstack-2025-12-25-indefinite-map.cose': '2025-12-25T13:15:37Z',
  'nitro/DEBUG-cape-2022-07-14-x25519.cose': '2022-07-14T20:46:07Z',
} as const

for (const [path, time] of Object.entries(NITRO)) {
  test(`${path}: five certificates to the root of AWS`, { skip }, async () => {
    const chain = nitroChain(path)
    assert.equal(chain.length, 5)
    assert.deepEqual(await codes(chain, NITRO_ROOTS, time), [])
    assert.deepEqual(await codes(chain, INTEL_ROOTS, time), ['root_untrusted'])
    const later = new Date(Date.parse(time) + 4 * 3_600_000).toISOString()
    assert.deepEqual(await codes(chain, NITRO_ROOTS, later), ['x509_expired'])
  })
}

const QUOTES = {
  'sgx/phala-v3-cfgswhardening/quote.bin': '2025-07-01T00:00:00Z',
  'sgx/DEBUG-trustee-occlum-v3.quote.bin': '2025-01-01T00:00:00Z',
  'tdx/phala-v4-uptodate/quote.bin': '2025-07-01T00:00:00Z',
  'tdx/google-v4-spr-e4-NO-TCB-LEVEL/quote.bin': '2023-07-01T00:00:00Z',
  'tdx/DEBUG-trustee-v4.quote.bin': '2025-01-01T00:00:00Z',
  'tdx/trustee-v5-td15-nonzero-mrservicetd.quote.bin': '2025-01-01T00:00:00Z',
} as const

for (const [path, time] of Object.entries(QUOTES)) {
  test(`${path}: three certificates to the root of Intel`, { skip }, async () => {
    assert.deepEqual(await codes(quoteChain(path), INTEL_ROOTS, time), [])
  })
}

for (const [folder, time] of [
  ['sgx/phala-v3-cfgswhardening', '2025-07-01T00:00:00Z'],
  ['tdx/phala-v4-uptodate', '2025-07-01T00:00:00Z'],
] as const) {
  test(`${folder}: no certificate of the chain is revoked, by lists that hold`, { skip }, async () => {
    const { pck_crl = '', root_ca_crl = '', tcb_info_issuer_chain, qe_identity_issuer_chain } = collateral(folder)
    for (const chain of [tcb_info_issuer_chain, qe_identity_issuer_chain]) {
      assert.deepEqual(await codes(pem(chain), INTEL_ROOTS, time), [])
    }
    const chain = quoteChain(`${folder}/quote.bin`).map(readCertificate)
    const lists = [pck_crl, root_ca_crl].map((list) => new Uint8Array(Buffer.from(list, 'hex')))
    const expectation = { what: 'PCK chain', now: at(time), mathematics, covered: () => true }
    const { checks } = await appraiseRevocation(chain, lists, expectation)
    assert.deepEqual(
      checks.filter(({ outcome }) => outcome !== 'passed'),
      [],
    )
    const late = await appraiseRevocation(chain, lists, { ...expectation, now: at('2025-08-01T00:00:00Z') })
    assert.deepEqual(
      late.checks.flatMap((one) => (one.outcome === 'failed' ? [one.code] : [])),
      ['crl_expired'],
    )
  })
}

for (const [folder, product] of [
  ['snp/microsoft-aci-milan-v3', 'Milan'],
  ['snp/microsoft-aci-genoa-v3', 'Genoa'],
  ['snp/microsoft-aci-turin-v5', 'Turin'],
] as const) {
  test(`${folder}: VCEK, ASK and ARK of ${product}`, { skip }, async () => {
    const [vcek] = readPem(read(`${folder}/vcek.pem`), 'CERTIFICATE')
    const [ask] = readPem(read(`${folder}/ask.pem`), 'CERTIFICATE')
    const file = product === 'Turin' ? 'ask_ark_turin_vcek' : `ask_ark_${product.toLowerCase()}`
    const [sameAsk, ark] = readPem(read(`snp/roots/${file}.pem`), 'CERTIFICATE')
    assert.ok(vcek && ask && ark)
    assert.deepEqual(ask, sameAsk)
    assert.deepEqual(await codes([vcek, ask, ark], AMD_ROOTS[product], '2026-03-01T00:00:00Z'), [])
  })
}

for (const product of ['Milan', 'Genoa', 'Turin'] as const) {
  test(`ASVK and ARK of ${product}: signed, though no leaf stands below`, { skip }, async () => {
    const chain = readPem(read(`snp/roots/ask_ark_${product.toLowerCase()}_vlek.pem`), 'CERTIFICATE')
    assert.deepEqual(await codes(chain, AMD_ROOTS[product], '2026-03-01T00:00:00Z'), ['x509_not_ca', 'x509_key_usage'])
  })
}
