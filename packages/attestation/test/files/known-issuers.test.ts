import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  amdMachine,
  intelMachine,
  KEY_USAGES,
  makeCertificate,
  makeCrl,
  makeName,
  nitroEnclave,
  vendorKey,
} from '../../../testkit/src/vendor-pki/index.ts'
import { hasOlderList, isIssuedByKnown, knownIssuers, listOrigin, readFile } from '../../src/files/index.ts'
import type { FileContent } from '../../src/files/read-file.ts'
import { NOW } from '../fixtures.ts'
import { mathematics } from '../mathematics.ts'

const DAY = 86_400
const TERM = { thisUpdate: NOW, nextUpdate: NOW + DAY }
const nitro = nitroEnclave({ now: NOW })
const { root, leaf } = nitro.certificates
const evidence = { type: 'nitro', quote: nitro.document, binding: null }
const nobody = vendorKey('p384', 'nobody')

function content(bytes: Uint8Array | undefined, name = 'file'): FileContent {
  const read = readFile(name, bytes ?? new Uint8Array())
  assert.ok(read)
  return read
}

const ca = (subject: string, keyUsage?: readonly number[]) =>
  makeCertificate({ subject, key: nobody, ca: {}, notBefore: 0, notAfter: NOW, ...(keyUsage && { keyUsage }) })

test('a list is of its issuer, of another key, or of an issuer nobody knows', async () => {
  const known = knownIssuers(evidence, [])
  const of = async (list: Uint8Array) => await listOrigin(content(list), known, mathematics)
  assert.equal(await of(makeCrl({ issuer: root, ...TERM })), 'issuer')
  assert.equal(await of(makeCrl({ issuer: root, signer: nobody, ...TERM })), 'other')
  assert.equal(await of(makeCrl({ issuer: ca('stranger'), ...TERM })), 'unknown')
  // The leaf is the enclave's and no CA.
  assert.equal(await of(makeCrl({ issuer: leaf, ...TERM })), 'unknown')
  assert.equal(await of(root.der), null)
})

test('a CA that may not sign lists has signed none', async () => {
  const mute = ca('mute', [KEY_USAGES.keyCertSign])
  const known = knownIssuers({ type: 'snp', quote: new Uint8Array(), binding: null }, [content(mute.der)])
  assert.equal(await listOrigin(content(makeCrl({ issuer: mute, ...TERM })), known, mathematics), 'other')
})

test('a file brings no other key under a name of the chain inside the evidence', async () => {
  const impostor = ca('aws.nitro-enclaves')
  const known = knownIssuers(evidence, [content(impostor.der), content(ca('another').der)])
  assert.equal(await listOrigin(content(makeCrl({ issuer: impostor, ...TERM })), known, mathematics), 'other')
  assert.equal(await listOrigin(content(makeCrl({ issuer: ca('another'), ...TERM })), known, mathematics), 'issuer')
})

test('Intel: the chain is inside the quote, and in files of issuer chains', async () => {
  const { quote, collateral } = intelMachine({ now: NOW, tee: 'tdx' })
  const [pckCrl, rootCrl] = [content(collateral['pck-crl'], 'pckCrl.der'), content(collateral['root-ca-crl'])]
  const own = knownIssuers({ type: 'tdx', quote, binding: null }, [])
  assert.equal(await listOrigin(pckCrl, own, mathematics), 'issuer')
  const chain = content(collateral['tcb-info-issuer-chain'], 'tcbInfoIssuerChain.pem')
  const beside = knownIssuers({ type: 'tdx', quote: quote.subarray(0, 9), binding: null }, [chain])
  assert.equal(await listOrigin(rootCrl, beside, mathematics), 'issuer')
  assert.equal(await listOrigin(pckCrl, beside, mathematics), 'unknown')
})

test('a certificate is issued by a known CA only where that key signed it', async () => {
  const machine = amdMachine({ now: NOW })
  const [vcek = new Uint8Array(), intermediate] = machine.chain
  const known = knownIssuers({ type: 'snp', quote: machine.report, binding: null }, [content(intermediate)])
  assert.equal(await isIssuedByKnown(vcek, known, mathematics), true)
  assert.equal(await isIssuedByKnown(vcek, [], mathematics), false)
  const [forged = new Uint8Array()] = amdMachine({ now: NOW, leaf: { signer: vendorKey('rsa2048', 'x') } }).chain
  assert.equal(await isIssuedByKnown(forged, known, mathematics), false)
  const [stranger = new Uint8Array()] = amdMachine({ now: NOW, leaf: { issuerName: makeName('stranger') } }).chain
  assert.equal(await isIssuedByKnown(stranger, known, mathematics), false)
  assert.equal(await isIssuedByKnown(machine.report, known, mathematics), false)
})

test('a list at hand that has not begun makes none older', () => {
  const list = (thisUpdate: number) => content(makeCrl({ issuer: root, thisUpdate, nextUpdate: NOW + DAY }))
  assert.equal(hasOlderList(list(NOW - 1), list(NOW), NOW), true)
  assert.equal(hasOlderList(list(NOW), list(NOW), NOW), false)
  assert.equal(hasOlderList(list(NOW - 1), list(NOW + 1), NOW), false)
})
