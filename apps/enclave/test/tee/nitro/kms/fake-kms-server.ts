/**
 * FAKE. AWS KMS over HTTPS on loopback, as its API reference documents GenerateDataKey and Decrypt with `Recipient`: checks the
 * signature of each request by itself, and the attestation document with this project's verifier, against test roots and the PCR0
 * its key policy names. Never answers a data key in clear. Misbehaves once for each behaviour put into `next`.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { appraisers, type Policy, skip, verify } from '@perf-aggregator/attestation'
import { type MadeTlsServer, tlsServer } from '@perf-aggregator/testkit/vendor-pki'
import { nitroAppraiser } from '../../../../../../packages/attestation/src/nitro/appraiser.ts'
import { mathematics } from '../../../../../../packages/attestation/test/mathematics.ts'
import { type KmsKey, parseKeyArn } from '../../../../src/tee/nitro/kms/settings.ts'
import type { AwsCredentials } from '../../../../src/tee/nitro/kms/sigv4.ts'
import { envelope, KEY_ARN, publicKeyOf } from './fake-kms.ts'

export const KEY: KmsKey = parseKeyArn(KEY_ARN) ?? assertKey()

type Json = Readonly<Record<string, unknown>>

/** What it does to one request instead of answering it, or to its answer. */
export type Behaviour =
  | { readonly kind: 'error'; readonly status: number; readonly type: string }
  | { readonly kind: 'raw'; readonly status: number; readonly body: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'drip' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'alter'; readonly alter: (answer: Json) => unknown }

export interface FakeKmsServer extends AsyncDisposable {
  readonly port: number
  readonly root: string
  readonly next: Behaviour[]
  /** Requests that were signed and attested as the policy of the key wants. */
  readonly released: { readonly operation: string; readonly request: Json }[]
  /** Types of the errors it answered of itself. */
  readonly refused: string[]
  connections: number
}

export interface FakeKmsServerOptions {
  /** Seconds since 1970: its clock */
  readonly now: () => number
  /** The role it knows, at each moment. */
  readonly credentials: () => AwsCredentials
  /** SHA-256 of the roots of attestation it believes, at each moment. */
  readonly attestationRoots: () => readonly string[]
  /** The PCRs its key policy names. */
  readonly pcrs: Readonly<Record<'PCR0' | 'PCR1' | 'PCR2', Uint8Array>>
  readonly tls?: MadeTlsServer
}

class Refusal extends Error {
  readonly status: number
  constructor(type: string, status = 400) {
    super(type)
    this.status = status
  }
}

export async function startFakeKmsServer(options: FakeKmsServerOptions): Promise<FakeKmsServer> {
  const tls = options.tls ?? tlsServer(KEY.host)
  const master = randomBytes(32)
  const next: Behaviour[] = []
  const released: FakeKmsServer['released'] = []
  const refused: string[] = []
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    void serve(request, response)
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const behaviour = next.shift()
    if (behaviour && behaviour.kind !== 'alter') {
      misbehave(behaviour, response)
      return
    }
    try {
      const answer = await answerTo(request, body)
      send(response, 200, JSON.stringify(behaviour ? behaviour.alter(answer) : answer))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(error.message)
      send(response, error.status, errorBody(error.message))
    }
  }

  async function answerTo(request: IncomingMessage, body: Buffer): Promise<Json> {
    verifySignature(request, body, options)
    if (request.headers['content-type'] !== 'application/x-amz-json-1.1') throw new Refusal('UnknownOperationException')
    const operation = /^TrentService\.(GenerateDataKey|Decrypt)$/.exec(String(request.headers['x-amz-target']))?.[1]
    if (operation === undefined) throw new Refusal('UnknownOperationException')
    const asked = JSON.parse(body.toString('utf8')) as Json
    const document = await verifyRecipient(asked['Recipient'], options)
    if (asked['KeyId'] !== KEY.arn) throw new Refusal('NotFoundException')
    const bound = Buffer.from(JSON.stringify([KEY.arn, asked['EncryptionContext']]))
    const dataKey = operation === 'GenerateDataKey' ? randomBytes(32) : unwrap(asked['CiphertextBlob'], master, bound)
    released.push({ operation, request: asked })
    return {
      KeyId: KEY.arn,
      // Null or empty, says the reference.
      Plaintext: operation === 'GenerateDataKey' ? '' : null,
      CiphertextForRecipient: envelope(dataKey, publicKeyOf(document), { indefinite: true }).toString('base64'),
      ...(operation === 'GenerateDataKey'
        ? { CiphertextBlob: wrap(dataKey, master, bound).toString('base64') }
        : { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }),
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const fake: FakeKmsServer = {
    port: (server.address() as AddressInfo).port,
    root: tls.root,
    next,
    released,
    refused,
    connections: 0,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('connection', () => (fake.connections += 1))
  // A client that does not believe this server hangs up.
  server.on('tlsClientError', () => {})
  return fake
}

function misbehave(behaviour: Exclude<Behaviour, { kind: 'alter' }>, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'error':
      send(response, behaviour.status, errorBody(behaviour.type))
      return
    case 'raw':
      send(response, behaviour.status, behaviour.body)
      return
    case 'hang':
      return
    case 'drip': {
      response.writeHead(200, { 'content-length': '1000000' })
      const timer = setInterval(() => response.write(' '), 10)
      response.on('close', () => clearInterval(timer))
      return
    }
    case 'cut':
      response.destroy()
      return
  }
}

const errorBody = (type: string): string => JSON.stringify({ __type: type, message: 'FAKE-KMS-SAYS' })

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
  response.end(body)
}

const REQUIRED = ['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']

/** From what arrived and the secret alone; nothing of the enclave's own signing is used. */
function verifySignature(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
  { credentials, now }: FakeKmsServerOptions,
): void {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials()
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^,/]+)\/(\d{8})\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/
  const [, id, day = '', scope = '', list = '', given] = form.exec(headers.authorization ?? '') ?? []
  const header = (name: string): string => String(headers[name] ?? '')
  const names = list.split(';')
  if (given === undefined || REQUIRED.some((name) => !names.includes(name))) throw new Refusal('IncompleteSignature')
  if (id !== accessKeyId) throw new Refusal('UnrecognizedClientException')
  if (header('x-amz-security-token') !== sessionToken) throw new Refusal('ExpiredTokenException')
  const time = header('x-amz-date')
  const [year, month, date, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)?.slice(1) ?? []
  const signedAt = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`) / 1000
  if (!(Math.abs(signedAt - now()) <= 300)) throw new Refusal('InvalidSignatureException')
  const canonical = `${method}\n${url}\n\n${names.map((name) => `${name}:${header(name)}\n`).join('')}\n${list}\n${hash(body)}`
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`)
  for (const part of [time.slice(0, 8), KEY.region, 'kms', 'aws4_request']) key = mac(key, part)
  const signed = `AWS4-HMAC-SHA256\n${time}\n${time.slice(0, 8)}/${KEY.region}/kms/aws4_request\n${hash(canonical)}`
  const isScoped = `${day}/${scope}` === `${time.slice(0, 8)}/${KEY.region}/kms/aws4_request`
  if (header('host') !== KEY.host || !isScoped || mac(key, signed).toString('hex') !== given) {
    throw new Refusal('InvalidSignatureException')
  }
}

const hash = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
const mac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** A document of the image the key policy names, made within five minutes, or no release. */
async function verifyRecipient(
  recipient: unknown,
  { attestationRoots, pcrs, now }: FakeKmsServerOptions,
): Promise<Uint8Array> {
  const { AttestationDocument, KeyEncryptionAlgorithm } = (recipient ?? {}) as Json
  if (KeyEncryptionAlgorithm !== 'RSAES_OAEP_SHA_256') throw new Refusal('AccessDeniedException')
  const document = Buffer.from(String(AttestationDocument), 'base64')
  const policy: Policy = {
    families: {
      nitro: {
        measurements: [{ registers: pcrs }],
        platforms: skip('any instance'),
        revocation: skip('the test vendor lists nothing'),
        publicKey: skip('it is whom the answer is for'),
        userData: skip('there is none'),
      },
    },
    binding: skip('the document speaks for its key alone'),
    nonce: skip('there is none'),
    debug: 'refused',
    notAfter: skip('there is no binding'),
    maxAge: 300,
    clockSkew: 30,
  }
  const families = appraisers(nitroAppraiser(attestationRoots()))
  const evidence = { type: 'nitro', quote: document, binding: null } as const
  const verdict = await verify(evidence, [], policy, now(), mathematics, families)
  if (verdict.accepted) return document
  const isOther = verdict.failures.every((code) => code === 'measurement_unknown')
  throw new Refusal(isOther ? 'AccessDeniedException' : 'ValidationException')
}

function wrap(dataKey: Uint8Array, master: Uint8Array, bound: Uint8Array): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', master, nonce)
  cipher.setAAD(bound)
  return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
}

function unwrap(blob: unknown, master: Uint8Array, bound: Uint8Array): Buffer {
  const bytes = Buffer.from(String(blob), 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(0, 12))
    decipher.setAAD(bound)
    decipher.setAuthTag(bytes.subarray(-16))
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()])
  } catch {
    throw new Refusal('InvalidCiphertextException')
  }
}

function assertKey(): never {
  throw new Error('the ARN of the test key is none')
}
