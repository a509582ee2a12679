/** FAKE. The instance metadata service, version 2 alone, on loopback: a token first, then a role, then credentials that rotate. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AwsCredentials } from '../../../../src/tee/nitro/kms/sigv4.ts'

const ROLE = 'enclave-role'
const ROLES = '/latest/meta-data/iam/security-credentials/'

export interface FakeMetadata extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** What it hands out now. */
  readonly credentials: () => AwsCredentials
  /** Makes new ones; the old count no longer. */
  readonly rotate: () => void
  /** Puts another answer in place of its own, by path. */
  readonly instead: Map<string, { readonly status: number; readonly body: string }>
  readonly asked: string[]
}

/** @param now seconds since 1970 */
export async function startFakeMetadata(now: () => number): Promise<FakeMetadata> {
  let current = makeCredentials()
  const tokens = new Set<string>()
  const instead: FakeMetadata['instead'] = new Map()
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    asked.push(`${method} ${url}`)
    const send = (status: number, body: string): void => void response.writeHead(status).end(body)
    const other = instead.get(url)
    if (other) return send(other.status, other.body)
    if (url === '/latest/api/token') {
      if (method !== 'PUT') return send(405, '')
      if (!/^\d+$/.test(String(headers['x-aws-ec2-metadata-token-ttl-seconds']))) return send(400, '')
      const token = randomBytes(30).toString('base64')
      tokens.add(token)
      return send(200, token)
    }
    if (!tokens.has(String(headers['x-aws-ec2-metadata-token']))) return send(401, '')
    if (url === ROLES) return send(200, ROLE)
    return url === `${ROLES}${ROLE}` ? send(200, credentialsJson(current, now())) : send(404, '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    credentials: () => current,
    rotate: () => {
      current = makeCredentials()
    },
    instead,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function makeCredentials(): AwsCredentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(300).toString('base64'),
  }
}

/** As the service writes it, to end six hours after `now`. */
export function credentialsJson({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials, now: number): string {
  const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
  return JSON.stringify(
    {
      Code: 'Success',
      LastUpdated: iso(now),
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: iso(now + 6 * 3600),
    },
    null,
    2,
  )
}
