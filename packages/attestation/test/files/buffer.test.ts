/** Evidence as drivers and services hand it out: padded, with the host's certificates behind it, in text and in JSON. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { amdMachine, intelMachine, nitroEnclave } from '../../../testkit/src/vendor-pki/index.ts'
import { equalBytes } from '../../src/bytes/index.ts'
import { readFile } from '../../src/files/index.ts'
import { NOW } from '../fixtures.ts'

const machine = amdMachine({ now: NOW })
const sgx = intelMachine({ now: NOW, tee: 'sgx' })
const tdx = intelMachine({ now: NOW, tee: 'tdx' })
const nitro = nitroEnclave({ now: NOW })

/** VCEK, ASK, ARK, and an entry of a kind that is not read, as GUIDs stand in bytes. */
const GUIDS = [
  '8d75da6364e66445adc5f4b93be8accd',
  '79b3b74aacbbe44fa02f05aef327c782',
  'a406b4c003a8524997433fb6014cd0ae',
  '00112233445566778899aabbccddeeff',
] as const

function table(items: readonly Uint8Array[]): Uint8Array {
  let offset = 24 * (items.length + 1)
  const entries = items.map((item, at) => {
    const entry = Buffer.alloc(24)
    entry.write(GUIDS[at] ?? '', 'hex')
    entry.writeUInt32LE(offset, 16)
    entry.writeUInt32LE(item.length, 20)
    offset += item.length
    return entry
  })
  return new Uint8Array(Buffer.concat([...entries, Buffer.alloc(24), ...items]))
}

const behind = (evidence: Uint8Array, rest: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([evidence, rest]))
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const quoteOf = (file: Uint8Array): Uint8Array | undefined => readFile('x', file)?.evidence?.quote

suite('buffers', () => {
  test('zeros behind a report or a quote are the buffer’s, anything else is not', () => {
    for (const evidence of [machine.report, sgx.quote]) {
      assert.ok(equalBytes(quoteOf(behind(evidence, new Uint8Array(3065))) ?? bytes(''), evidence))
      const other = behind(evidence, new Uint8Array(3065).with(3064, 1))
      assert.ok(equalBytes(quoteOf(other) ?? bytes(''), other))
    }
    const padded = behind(tdx.quote, new Uint8Array(3065))
    assert.ok(equalBytes(quoteOf(padded) ?? bytes(''), padded))
  })

  test('the host’s certificates, behind the report and on their own', () => {
    const certificates = table([...machine.chain, bytes('another thing')])
    const whole = readFile('report.bin', behind(machine.report, certificates))
    assert.ok(equalBytes(whole?.evidence?.quote ?? bytes(''), machine.report))
    assert.deepEqual(whole?.certificates, machine.chain)
    const alone = readFile('auxblob', behind(certificates, new Uint8Array(100)))
    assert.equal(alone?.evidence, null)
    assert.deepEqual(alone?.certificates, machine.chain)
  })

  test('the host’s certificates in JSON, and under GUIDs in the other order', () => {
    const [vcek = bytes(''), ask = bytes('')] = machine.chain
    const [report, leaf, ca] = [machine.report, vcek, ask].map((one) => Buffer.from(one).toString('base64'))
    const file = readFile(
      'x.json',
      bytes(JSON.stringify({ nonce: '0x00', snp_report: report, vcek_cert: leaf, chain: [ca] })),
    )
    assert.equal(file?.evidence?.type, 'snp')
    assert.deepEqual(file.certificates, [vcek, ask])
    const swapped = table([vcek])
    swapped.set(Buffer.from('63da758de6644564adc5f4b93be8accd', 'hex'))
    assert.deepEqual(readFile('auxblob', swapped)?.certificates, [vcek])
  })

  test('a table that is none, and entries that lie', () => {
    const certificates = table(machine.chain)
    const beyond = new DataView(certificates.buffer)
    beyond.setUint32(20, 0xffff_ffff, true)
    assert.equal(readFile('auxblob', certificates), null)
    assert.equal(readFile('auxblob', new Uint8Array(500)), null)
    assert.equal(readFile('auxblob', table(machine.chain).subarray(0, 72)), null)
    const [vcek = bytes(''), ask = bytes('')] = machine.chain
    const partly = table([vcek, bytes('no certificate'), ask])
    assert.deepEqual(readFile('report.bin', behind(machine.report, partly))?.certificates, [vcek, ask])
    assert.deepEqual(readFile('auxblob', partly)?.certificates, [vcek, ask])
    assert.equal(readFile('auxblob', table([bytes('no certificate')])), null)
    const broken = readFile('report.bin', behind(machine.report, table([bytes('no certificate')])))
    assert.deepEqual(broken?.certificates, [])
  })

  test('text around evidence: hexadecimal, base64 of either alphabet, padded or not, in lines', () => {
    for (const evidence of [machine.report, sgx.quote, tdx.quote, nitro.document]) {
      const buffer = Buffer.from(evidence)
      const [hex, base64] = [buffer.toString('hex'), buffer.toString('base64')]
      const texts = [
        hex,
        `0x${hex}\n`,
        hex.toUpperCase(),
        hex.replaceAll(/(.{64})/g, '$1\r\n'),
        base64,
        base64.replaceAll(/(.{76})/g, '$1\n'),
        base64.replace(/=+$/, ''),
        buffer.toString('base64url'),
        Buffer.from(hex).toString('base64'),
        `{"quote": "0x${hex}", "event_log": "[]"}`,
        `{"attestation_document":"${base64}"}`,
        `{"Version":1,"Provider":"x","Attestation":{"Report":"${base64}"}}`,
      ]
      for (const text of texts) assert.ok(equalBytes(quoteOf(bytes(text)) ?? bytes(''), evidence), text.slice(0, 20))
    }
  })
})
