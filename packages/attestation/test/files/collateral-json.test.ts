/** Intel's collateral in the words of the tools that fetch it: each is accepted, and each with a document written anew is not. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { amdMachine, intelMachine } from '../../../testkit/src/vendor-pki/index.ts'
import { gatherEndorsements, readFile } from '../../src/files/index.ts'
import { AttestationError, appraisers, hardwareOnlyPolicy, type Verdict, verify } from '../../src/index.ts'
import { sgxAppraiser } from '../../src/sgx/appraiser.ts'
import { tdxAppraiser } from '../../src/tdx/appraiser.ts'
import { writePem } from '../../src/x509/pem.ts'
import { mathematics, NOW } from '../fixtures.ts'

type Files = Readonly<Record<string, Uint8Array | string>>

const tdx = intelMachine({ now: NOW, tee: 'tdx' })
const sgx = intelMachine({ now: NOW, tee: 'sgx' })
const other = intelMachine({ now: NOW, tee: 'tdx', platform: { fmspc: Uint8Array.of(9, 9, 9, 9, 9, 9) } })

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64')
const crlPem = (der: Uint8Array): string => writePem(der, 'X509 CRL')

interface Parts {
  readonly tcbInfo: string
  readonly qeIdentity: string
  readonly tcbInner: string
  readonly tcbSignature: string
  readonly qeInner: string
  readonly qeSignature: string
  readonly signer: string
  readonly caChain: string
  readonly pckCrl: Uint8Array
  readonly rootCrl: Uint8Array
}

function partsOf({ collateral }: typeof tdx): Parts {
  const tcbInfo = utf8(collateral['tcb-info'])
  const qeIdentity = utf8(collateral['qe-identity'])
  const tcb = JSON.parse(tcbInfo) as { tcbInfo: object; signature: string }
  const qe = JSON.parse(qeIdentity) as { enclaveIdentity: object; signature: string }
  return {
    tcbInfo,
    qeIdentity,
    tcbInner: JSON.stringify(tcb.tcbInfo),
    tcbSignature: tcb.signature,
    qeInner: JSON.stringify(qe.enclaveIdentity),
    qeSignature: qe.signature,
    signer: utf8(collateral['tcb-info-issuer-chain']),
    caChain: utf8(collateral['pck-crl-issuer-chain']),
    pckCrl: collateral['pck-crl'],
    rootCrl: collateral['root-ca-crl'],
  }
}

const DIALECTS: Readonly<Record<string, (parts: Parts) => Files>> = {
  'inner documents beside their signatures, with the PCK chain': (p) => ({
    'c.json': JSON.stringify({
      pck_crl_issuer_chain: p.caChain,
      root_ca_crl: hex(p.rootCrl),
      pck_crl: hex(p.pckCrl),
      tcb_info_issuer_chain: p.signer,
      tcb_info: p.tcbInner,
      tcb_info_signature: p.tcbSignature.toUpperCase(),
      qe_identity_issuer_chain: p.signer,
      qe_identity: p.qeInner,
      qe_identity_signature: p.qeSignature,
      pck_certificate_chain: p.caChain,
    }),
  }),
  'documents as served in strings, lists in PEM, each ended by a zero': (p) => ({
    'c.json': JSON.stringify({
      version: 3,
      tee_type: 129,
      pck_crl_issuer_chain: `${p.caChain}\0`,
      root_ca_crl: `${crlPem(p.rootCrl)}\0`,
      pck_crl: `${crlPem(p.pckCrl)}\0`,
      tcb_info_issuer_chain: `${p.signer}\0`,
      tcb_info: `${p.tcbInfo}\0`,
      qe_identity_issuer_chain: `${p.signer}\0`,
      qe_identity: `${p.qeIdentity}\0`,
    }),
  }),
  'documents as objects, lists in base64 of DER, wrapped': (p) => ({
    'c.json': `{"quote_collateral":{"tcbInfo":${p.tcbInfo},"qeIdentity":${p.qeIdentity},"tcbInfoIssuerChain":${JSON.stringify(p.signer)},"qeIdentityIssuerChain":${JSON.stringify(p.signer)},"pckCrl":"${base64(p.pckCrl)}","rootCaCrl":"${base64(p.rootCrl)}"}}`,
  }),
  'everything in base64, the root’s list in hexadecimal below that': (p) => ({
    'c.json': JSON.stringify({
      qe_identity_issuer_chain: base64(p.signer),
      root_ca_crl: base64(hex(p.rootCrl)),
      pck_crl: base64(crlPem(p.pckCrl)),
      pck_crl_issuer_chain: base64(p.caChain),
      tcb_info: base64(p.tcbInfo),
      qe_identity: base64(p.qeIdentity),
      tcb_info_issuer_chain: base64(p.signer),
    }),
  }),
  'recorded answers, with chains in their headers': (p) => ({
    'c.json': JSON.stringify({
      'https://x.example/tcb?fmspc=1': {
        Header: { 'Tcb-Info-Issuer-Chain': [encodeURIComponent(p.signer)] },
        Body: base64(p.tcbInfo),
      },
      'https://x.example/qe/identity': {
        Header: { 'Sgx-Enclave-Identity-Issuer-Chain': [encodeURIComponent(p.signer)] },
        Body: base64(p.qeIdentity),
      },
      'https://x.example/pckcrl': {
        Header: { 'Sgx-Pck-Crl-Issuer-Chain': [encodeURIComponent(p.caChain)] },
        Body: base64(p.pckCrl),
      },
      'https://x.example/root': { Header: null, Body: base64(p.rootCrl) },
    }),
  }),
  'a cache of several platforms and both TEEs': (p) => ({
    'c.json': `{"platforms":[],"collaterals":{"tcbinfos":[{"fmspc":"x","sgx_tcbinfo":${partsOf(sgx).tcbInfo},"tdx_tcbinfo":${partsOf(other).tcbInfo}},{"fmspc":"y, \\"z\\"]","tdx_tcbinfo":${p.tcbInfo}}],"qeidentity":${partsOf(sgx).qeIdentity},"tdqeidentity":${p.qeIdentity},"pckcacrl":{"processorCrl":"","platformCrl":"${hex(p.pckCrl)}"},"rootcacrl":"${hex(p.rootCrl)}","certificates":{"TCB-Info-Issuer-Chain":"${encodeURIComponent(p.signer)}","SGX-Enclave-Identity-Issuer-Chain":"${encodeURIComponent(p.signer)}"}}}`,
  }),
  'files with headers as they were saved': (p) => ({
    'tcb.json': p.tcbInfo,
    'tcb.h': `HTTP/1.1 200 OK\r\nTCB-Info-Issuer-Chain: ${encodeURIComponent(p.signer)}\r\nContent-Type: application/json\r\n\r\n`,
    'qe.json': p.qeIdentity,
    'qe.h': `SGX-Enclave-Identity-Issuer-Chain: ${encodeURIComponent(p.signer)}\n`,
    'pck_crl.pem': crlPem(p.pckCrl),
    'root_crl.txt': base64(p.rootCrl),
  }),
  'files under other names, chains percent-encoded or on one line': (p) => ({
    'tcb_info.json': `\uFEFF${p.tcbInfo}\n`,
    'tcb_info_issuer_chain.txt': encodeURIComponent(p.signer),
    'qe_identity.json': p.qeIdentity,
    'qe-identity-issuer-chain.pem': p.signer.replaceAll('\n', '\\n'),
    'pck_crl.hex': `0x${hex(p.pckCrl)}`,
    rootcrl: p.rootCrl,
  }),
  'one chain for both documents': (p) => ({
    'tcbInfo.json': p.tcbInfo,
    'tcbInfoIssuerChain.pem': p.signer.replaceAll(/\n(?!-)/g, ''),
    'qeIdentity.json': p.qeIdentity,
    'pckCrl.der': base64(p.pckCrl),
    'rootCaCrl.der': p.rootCrl,
  }),
}

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? new Uint8Array(Buffer.from(content)) : content

async function judge(files: Files, machine: typeof tdx = tdx, type: 'sgx' | 'tdx' = 'tdx'): Promise<Verdict> {
  const evidence = { type, quote: machine.quote, binding: null }
  const pool = Object.entries(files).map(([name, content]) => {
    const read = readFile(name, bytesOf(content))
    assert.ok(read, name)
    return read
  })
  const endorsements = gatherEndorsements(evidence, [], pool)
  const families = appraisers(type === 'tdx' ? tdxAppraiser(tdx.roots) : sgxAppraiser(sgx.roots))
  return verify(evidence, endorsements, hardwareOnlyPolicy(type), NOW, mathematics, families)
}

const failures = (verdict: Verdict): readonly string[] => (verdict.accepted ? [] : verdict.failures)

suite('collateral', () => {
  for (const [name, write] of Object.entries(DIALECTS)) {
    test(`${name}: accepted`, async () => {
      assert.deepEqual(failures(await judge(write(partsOf(tdx)))), [])
    })

    test(`${name}: with a TCB info written anew its signature fails, and nothing else`, async () => {
      const parts = partsOf(tdx)
      const pretty = JSON.stringify(JSON.parse(parts.tcbInner), null, 2)
      const tcbInfo = `{\n  "tcbInfo": ${pretty},\n  "signature": "${parts.tcbSignature}"\n}`
      const altered = { ...parts, tcbInner: pretty, tcbInfo }
      assert.deepEqual(failures(await judge(write(altered))), ['intel_tcb_info_signature_invalid'])
    })
  }

  test('white space around a document that is signed as it stands does no harm', async () => {
    const parts = partsOf(tdx)
    const tcbInfo = `{ "tcbInfo" : ${parts.tcbInner} ,\n "signature":"${parts.tcbSignature}" }\n`
    const files = DIALECTS['files with headers as they were saved']?.({ ...parts, tcbInfo })
    assert.ok(files)
    assert.deepEqual(failures(await judge(files)), [])
  })

  test('of collateral of several machines each quote gets its own, whatever comes first', async () => {
    const of = (machine: typeof tdx, name: string): Files => {
      const files = DIALECTS['inner documents beside their signatures, with the PCK chain']?.(partsOf(machine)) ?? {}
      return Object.fromEntries(Object.values(files).map((content) => [name, content]))
    }
    const amd = { 'amd.crl': amdMachine({ now: NOW }).revoke([]) }
    const all = { ...amd, ...of(other, 'a.json'), ...of(sgx, 'b.json'), ...of(tdx, 'c.json') }
    assert.deepEqual(failures(await judge(all)), [])
    assert.deepEqual(failures(await judge(all, sgx, 'sgx')), [])
    const strangers = await judge({ ...of(other, 'a.json') })
    assert.ok(failures(strangers).includes('intel_tcb_info_of_other_platform'))
    const wrongTee = await judge({ ...of(sgx, 'b.json') })
    assert.ok(failures(wrongTee).includes('intel_tcb_info_of_other_tee'))
    assert.ok(failures(wrongTee).includes('intel_qe_identity_of_other_tee'))
    assert.ok(!failures(wrongTee).includes('intel_qe_identity_malformed'))
  })

  test('pieces that are none are refused', () => {
    const parts = partsOf(tdx)
    const refused = (json: object, code: string): void =>
      assert.throws(
        () => readFile('c.json', bytesOf(JSON.stringify(json))),
        (error) => error instanceof AttestationError && error.code === code,
      )
    refused({ pck_crl: 'XY', tcb_info: parts.tcbInfo }, 'field_malformed')
    refused({ tcb_info: parts.tcbInner, tcb_info_signature: 'ab' }, 'field_malformed')
    refused({ tcb_info: 'no', tcb_info_signature: parts.tcbSignature }, 'field_malformed')
    refused({ tcb_info: '{"a":', tcb_info_signature: parts.tcbSignature }, 'field_malformed')
    refused({ tcb_info_issuer_chain: 'x', pck_crl: hex(parts.pckCrl) }, 'field_malformed')
    refused({ tcb_info_issuer_chain: '-----BEGIN CERTIFICATE-----\nMII' }, 'pem_malformed')
    assert.equal(readFile('c.json', bytesOf('{"a":["b",{"c":null}]}')), null)
    const beside = { pck_crl: hex(parts.pckCrl), log: '{"a":1,"a":2}', note: '{"a":' }
    assert.equal(readFile('c.json', bytesOf(JSON.stringify(beside)))?.endorsements.length, 1)
  })

  test('whatever bytes come: pieces, nothing, or an error of ours', () => {
    for (const write of Object.values(DIALECTS)) {
      const [content = ''] = Object.values(write(partsOf(tdx)))
      const genuine = bytesOf(content)
      const writes = fc.array(fc.tuple(fc.nat(genuine.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      const property = fc.property(writes, (all) => {
        const altered = all.reduce((bytes, [at, byte]) => bytes.with(at, byte), genuine)
        try {
          const read = readFile('c.json', altered)
          if (read) gatherEndorsements({ type: 'tdx', quote: tdx.quote, binding: null }, [], [read])
        } catch (error) {
          assert.ok(error instanceof AttestationError, String(error))
        }
      })
      fc.assert(property, { numRuns: 60 })
    }
  })
})
