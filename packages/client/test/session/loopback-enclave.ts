/**
 * A stand-in for the enclave on the loopback interface: real keys, real evidence by a development root, submissions really
 * opened, proofs checked by another library than ours. It has no venue and no log of its own. Tests only.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attestationQuoteToJson, type Binding } from '@perf-aggregator/attestation'
import {
  decodeBase64,
  dhkemX25519Recipient,
  openBase,
  readCredentials,
  SUBMISSION_INFO,
  type SubmitBody,
  submissionAad,
  xWingRecipient,
} from '@perf-aggregator/protocol'
import type { Alterations, CertificateMaker } from '@perf-aggregator/testkit'
import { EmbeddedJWK, jwtVerify } from 'jose'
import { nodeHpkePrimitives } from '../../../../apps/enclave/src/collector/hpke/primitives.ts'
import { x25519Key, xWingKey } from '../../../../apps/enclave/src/collector/hpke/private-keys.ts'

/** What a request is answered with instead of the usual; used up in order, per path. */
export type Answer =
  | {
      readonly status: number
      readonly code?: string
      readonly headers?: Record<string, string>
      readonly text?: string
    }
  | 'hang'
  | 'break'

export interface OpenedSubmission {
  readonly suite: string
  readonly metadata: SubmitBody['metadata']
  readonly apiKey: string
  readonly apiSecret: string
  readonly userId: string | null
  readonly clientKey: Uint8Array | null
}

export class LoopbackEnclave implements AsyncDisposable {
  readonly #maker: CertificateMaker
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      this.failures.push(error)
      response.destroy()
    })
  })
  #keys = newKeys()
  #usedProofs = new Set<string>()
  readonly #answers = new Map<string, Answer[]>()
  readonly requests: string[] = []
  readonly submissions: OpenedSubmission[] = []
  readonly sessions = new Map<string, Uint8Array>()
  /** What went wrong inside; every test asserts that it is empty. */
  readonly failures: unknown[] = []
  /** Alters the evidence of the next answers. */
  attestation: { binding?: (binding: Binding) => Binding; evidence?: Alterations['evidence'] } = {}
  /** Alters the certificates of the next answers. */
  certificate: Alterations = {}
  bound = true
  /** Served as they are, by path: a page for a browser, and the scripts it loads. */
  readonly files = new Map<string, { readonly type: string; readonly bytes: string | Uint8Array }>()

  constructor(maker: CertificateMaker) {
    this.#maker = maker
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    assert.deepEqual(this.failures, [])
  }

  /** New encryption keys, as after a restart: what was sealed to the old ones cannot be opened. */
  restart(): void {
    this.#keys = newKeys()
  }

  answer(path: string, ...answers: readonly Answer[]): void {
    this.#answers.set(path, [...(this.#answers.get(path) ?? []), ...answers])
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://loopback')
    const route = url.pathname.replaceAll(/[A-Za-z0-9_-]{43}/g, '*')
    this.requests.push(`${request.method} ${route}`)
    const body = await readBody(request)
    const file = this.files.get(url.pathname)
    if (file !== undefined) return void response.writeHead(200, { 'content-type': file.type }).end(file.bytes)
    const instead = this.#answers.get(route)?.shift()
    if (instead === 'hang') return
    if (instead === 'break') return void response.destroy()
    if (instead !== undefined) {
      const problem = {
        code: instead.code,
        detail: 'as the test says',
        request_id: 'ab'.repeat(16),
        status: instead.status,
      }
      response.writeHead(instead.status, instead.headers).end(instead.text ?? JSON.stringify(problem))
      return
    }
    const { status, json } = await this.#route(request, url, route, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
  }

  async #route(
    request: IncomingMessage,
    url: URL,
    route: string,
    body: unknown,
  ): Promise<{ status: number; json: unknown }> {
    if (route === '/attestation/quote') return { status: 200, json: this.#quote(url.searchParams.get('nonce') ?? '') }
    if (route === '/enclave/submit_key') return this.#submit(body as SubmitBody)
    if (route === '/certificates/*') return { status: 200, json: (await this.#maker.make(this.certificate)).file }
    const named = (body as { session_id?: string } | undefined)?.session_id
    await this.#requireProof(request, url, named ?? url.pathname.split('/').at(-1) ?? '')
    if (route === '/enclave/request_aggregates') {
      const { file, id } = await this.#maker.make(this.certificate)
      return {
        status: 201,
        json: { certificate_id: id, certificate_url: `/certificates/${id}`, aggregates_signed: file },
      }
    }
    if (route === '/enclave/revoke') {
      return { status: 200, json: { revoked: true, purged: { credentials: 1, events: 2, certificates: 0 } } }
    }
    return { status: 200, json: { route, collection: { state: 'collecting', fills: this.requests.length } } }
  }

  #quote(nonce: string): unknown {
    const binding = {
      ...this.#maker.binding,
      nonce: new Uint8Array(Buffer.from(nonce, 'base64url')),
      hpkeX25519: this.#keys.x25519.publicKey,
      hpkeXWing: this.#keys.xWing.publicKey,
    }
    return attestationQuoteToJson(
      this.#maker.attest(this.attestation.binding?.(binding) ?? binding, this.attestation.evidence),
    )
  }

  async #submit(body: SubmitBody): Promise<{ status: number; json: unknown }> {
    const recipient =
      body.suite === 'x-wing'
        ? xWingRecipient(nodeHpkePrimitives, this.#keys.xWing)
        : dhkemX25519Recipient(nodeHpkePrimitives, this.#keys.x25519)
    let plaintext: Uint8Array
    try {
      plaintext = await openBase(
        nodeHpkePrimitives,
        recipient,
        nodeHpkePrimitives.aes256Gcm,
        decodeBase64(body.ephemeral_pub),
        {
          info: SUBMISSION_INFO,
          aad: submissionAad(body.metadata, decodeBase64(body.nonce)),
          sealed: Buffer.concat([decodeBase64(body.ciphertext), decodeBase64(body.tag)]),
        },
      )
    } catch {
      return { status: 400, json: { code: 'decryption_failed', detail: 'not sealed to the keys of now' } }
    }
    const { apiKey, apiSecret, userId, clientKey } = readCredentials(plaintext)
    const sessionId = randomBytes(32).toString('base64url')
    if (clientKey !== null) this.sessions.set(sessionId, clientKey)
    this.submissions.push({
      suite: body.suite,
      metadata: body.metadata,
      apiKey: Buffer.from(apiKey).toString(),
      apiSecret: Buffer.from(apiSecret).toString(),
      userId,
      clientKey,
    })
    const { exchange, label } = body.metadata
    const account = 'account-11'
    const expires_at = '2026-07-01T00:00:00Z'
    const json = { session_id: sessionId, expires_at, exchange, label, account, key_epoch: 3, bound: this.bound }
    return { status: 201, json }
  }

  /** Docs/protocol.md section 3, with jose in the place of our own code. */
  async #requireProof(request: IncomingMessage, url: URL, sessionId: string): Promise<void> {
    const proof = String(request.headers['dpop'])
    const currentDate = new Date(this.#maker.issuedAt * 1000)
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['EdDSA', 'Ed25519'],
      currentDate,
    })
    const bound = this.sessions.get(sessionId)
    assert.ok(bound, 'a session the enclave knows')
    assert.deepEqual(Object.keys(protectedHeader.jwk ?? {}).sort(), ['crv', 'kty', 'x'])
    assert.equal(protectedHeader.jwk?.x, Buffer.from(bound).toString('base64url'))
    const { htm, htu, iat, jti, ath } = payload
    assert.equal(htm, request.method)
    assert.equal(htu, `http://${request.headers.host}${url.pathname}`)
    assert.ok(Math.abs((iat ?? 0) - this.#maker.issuedAt) <= 60)
    assert.match(String(jti), /^[A-Za-z0-9_-]{16,64}$/)
    assert.ok(!this.#usedProofs.has(String(jti)), 'a proof counts once')
    this.#usedProofs.add(String(jti))
    assert.equal(ath, createHash('sha256').update(sessionId, 'ascii').digest('base64url'))
  }
}

function newKeys() {
  return { x25519: x25519Key(randomBytes(32)), xWing: xWingKey(randomBytes(32)) }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? undefined : (JSON.parse(Buffer.concat(parts).toString()) as unknown)
}
