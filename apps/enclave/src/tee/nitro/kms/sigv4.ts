/**
 * AWS Signature Version 4 (AWS General Reference, "Create a signed AWS API request") of a request to the path `/` without a query,
 * which is every request of an AWS service that speaks JSON 1.1. Pure: the time is a parameter.
 */
import { createHash, createHmac } from 'node:crypto'

/** What the role of the instance lends for some hours. The host knows it all: it says who asks, and never that an enclave does. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Sent and signed with every request. Null: keys of a user, which have none. */
  readonly sessionToken: string | null
}

export interface UnsignedRequest {
  readonly method: 'GET' | 'POST'
  /** By lower-case name, `host` among them. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Where and when a signature counts. AWS takes one for some five minutes. */
export interface SigningScope {
  readonly region: string
  readonly service: string
  /** Milliseconds since 1970 */
  readonly now: number
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

/** The headers to send: those given, with `x-amz-date`, `x-amz-security-token` where there is one, and `authorization`. */
export function signRequest(
  { method, headers, body }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service, now }: SigningScope,
): Readonly<Record<string, string>> {
  const time = new Date(now).toISOString().replace(/-|:|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const sent: Readonly<Record<string, string>> = {
    ...headers,
    'x-amz-date': time,
    ...(sessionToken === null ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(sent).sort()
  const lines = names.map((name) => `${name}:${(sent[name] ?? '').trim().replace(/ +/g, ' ')}\n`)
  const signedHeaders = names.join(';')
  const canonical = [method, '/', '', lines.join(''), signedHeaders, sha256(body)].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  const signature = hmac(key, [ALGORITHM, time, scope, sha256(canonical)].join('\n')).toString('hex')
  const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
  return { ...sent, authorization }
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}
