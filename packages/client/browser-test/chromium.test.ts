/**
 * The client as browsers get it, in headless Chromium: one bundle, WebCrypto and noble instead of OpenSSL, against the same
 * loopback enclave and the same certificates as in Node. `CHROMIUM_PATH` names the browser, `/usr/bin/chromium` otherwise.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '@perf-aggregator/protocol'
import { certificateMaker } from '@perf-aggregator/testkit'
import { type Browser, chromium, type Page } from 'playwright-core'
import { bundleForBrowsers } from '../../../tools/build-client.ts'
import { type CertificateExplanation, explainCertificate } from '../src/index.ts'
import { LoopbackEnclave } from '../test/session/loopback-enclave.ts'

const maker = certificateMaker()
const genuine = await maker.make({ log: { before: 40, after: 7 } })
const now = maker.issuedAt + 60
const enclave = new LoopbackEnclave(maker)
let browser: Browser
let page: Page

before(async () => {
  enclave.files.set('/', {
    type: 'text/html',
    bytes: '<!doctype html><title>client</title><link rel=icon href=data:,>',
  })
  enclave.files.set('/client.mjs', { type: 'text/javascript', bytes: await bundleForBrowsers() })
  const address = await enclave.start()
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  page = await browser.newPage()
  await page.goto(address)
})

after(async () => {
  await browser.close()
  await enclave[Symbol.asyncDispose]()
})

/** The body of an async function that runs in the page, with the client in `client` and `argument`. */
async function inPage<Result>(body: string, argument: unknown): Promise<Result> {
  const script = `(async () => {
    const client = await import('/client.mjs')
    const argument = ${JSON.stringify(argument)}
    ${body}
  })()`
  return page.evaluate<Result>(script)
}

function explainInPage(file: string): Promise<CertificateExplanation> {
  const { measurements, logKeys } = maker.trust
  const simulatorRoot = [...maker.trust.simulatorRoot]
  return inPage<CertificateExplanation>(
    `const trust = { ...argument.trust, simulatorRoot: new Uint8Array(argument.simulatorRoot) }
     return client.explainCertificate(argument.file, trust, { now: argument.now })`,
    { file, now, simulatorRoot, trust: { allowSimulator: true, measurements, logKeys } },
  )
}

/** What a structured clone keeps of an explanation, which is all of it. */
async function explainHere(file: string): Promise<unknown> {
  return JSON.parse(JSON.stringify(await explainCertificate(file, maker.trust, { now })))
}

void test('Chromium verifies a certificate, every check as in Node', async () => {
  const there = await explainInPage(genuine.text)
  assert.equal(there.verified, true)
  assert.deepEqual(there, await explainHere(genuine.text))
})

void test('Chromium refuses what Node refuses, for the same reasons', async () => {
  const { statement, cmw } = genuine.file
  const digits = decodeUtf8(decodeBase64Url(statement.payload)).replace('1.4142135623', '2.4142135623')
  const altered: readonly unknown[] = [
    { ...genuine.file, statement: { ...statement, payload: encodeBase64Url(encodeUtf8(digits)) } },
    { ...genuine.file, statement: { ...statement, signatures: statement.signatures.slice(0, 1) } },
    ...statement.signatures.map((_, which) => ({
      ...genuine.file,
      statement: {
        ...statement,
        signatures: statement.signatures.map((one, at) => (at === which ? flipped(one) : one)),
      },
    })),
    { ...genuine.file, cmw: { ...cmw, evidence: [cmw.evidence[0], 'e30', 4] } },
    { ...genuine.file, tlogProof: genuine.file.tlogProof.replace('index 40', 'index 41') },
    { ...genuine.file, mediaType: 'text/plain' },
  ]
  for (const file of altered) {
    const there = await explainInPage(JSON.stringify(file))
    assert.equal(there.verified, false)
    assert.deepEqual(there, await explainHere(JSON.stringify(file)))
  }
})

void test('Chromium registers, proves possession and gets a certificate', async () => {
  const { measurements } = maker.trust
  for (const suite of ['x-wing', 'x25519']) {
    const sent = enclave.submissions.length
    const answer = await inPage<{ id: string; state: string; exported: string }>(
      `const secure = new client.SecureClient({
         enclaveUrl: location.origin, exchange: 'kraken', apiKey: 'browser-key', secret: 'browser-secret', suite: argument.suite,
         allowSimulator: true, measurements: argument.measurements,
         clock: { now: () => argument.now * 1000, sleep: async () => {} },
       })
       await secure.register()
       const { collection } = await secure.getSummary()
       const issued = await secure.requestCertificate()
       await secure.revoke()
       const exported = await secure.exportSession().then(() => 'exported', (error) => error.code)
       return { id: issued.certificate.id, state: collection.state, exported }`,
      { suite, measurements, now },
    )
    assert.equal(answer.id.length, 43)
    assert.equal(answer.state, 'collecting')
    assert.equal(answer.exported, 'key_not_extractable')
    const submission = enclave.submissions[sent]
    assert.equal(submission?.suite, suite)
    assert.equal(submission.apiKey, 'browser-key')
    assert.equal(submission.apiSecret, 'browser-secret')
  }
})

void test('Chromium sends nothing to an enclave it does not believe', async () => {
  const requests = enclave.requests.length
  const code = await inPage<string>(
    `const secure = new client.SecureClient({
       enclaveUrl: location.origin, exchange: 'kraken', apiKey: 'browser-key', secret: 'browser-secret',
       measurements: argument.measurements, clock: { now: () => argument.now * 1000, sleep: async () => {} },
     })
     return secure.register().then(() => 'registered', (error) => error.code)`,
    { measurements: maker.trust.measurements, now },
  )
  assert.equal(code, 'attestation_refused')
  assert.deepEqual(enclave.requests.slice(requests), ['GET /attestation/quote'])
})

void test('how long Chromium takes to verify a certificate', async (t) => {
  const { measurements } = maker.trust
  const milliseconds = await inPage<number>(
    `const times = []
     for (let run = 0; run < 21; run += 1) {
       const started = performance.now()
       await client.verifyCertificate(argument.file, { allowSimulator: true, measurements: argument.measurements }, { now: argument.now })
       times.push(performance.now() - started)
     }
     return times.sort((a, b) => a - b)[10]`,
    { file: genuine.text, measurements, now },
  )
  t.diagnostic(`median of 21: ${milliseconds.toFixed(1)} ms`)
  assert.ok(milliseconds > 0)
})

function flipped(one: { readonly protected: string; readonly signature: string }): unknown {
  const signature = decodeBase64Url(one.signature)
  signature[9] = (signature[9] ?? 0) ^ 1
  return { ...one, signature: encodeBase64Url(signature) }
}
