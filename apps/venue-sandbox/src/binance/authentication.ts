import { createHmac, timingSafeEqual } from 'node:crypto'
import type { KeyRing, VenueKey } from '../exchange/keys.ts'
import { type VenueRequest, wholeNumber } from '../exchange/message.ts'
import { refusal } from './refusals.ts'

const DEFAULT_RECV_WINDOW_MS = 5000
const LARGEST_RECV_WINDOW_MS = 60_000
const AHEAD_MS = 1000

/**
 * Checks a SIGNED request: known key in `X-MBX-APIKEY`, timestamp within `recvWindow` and less than a second ahead, and
 * HMAC-SHA256 in hex over the query and body exactly as sent, without the `signature` parameter.
 */
export function authenticate(request: VenueRequest, keys: KeyRing<VenueKey>): VenueKey {
  const key = knownKey(request, keys)
  const payload = request.query + request.body
  const parameters = new URLSearchParams(payload)
  const recvWindow = windowOf(parameters.get('recvWindow'))
  const timestamp = wholeNumber(parameters.get('timestamp') ?? '')
  if (timestamp === undefined) throw refusal('mandatoryMissing', 'timestamp')
  if (timestamp >= request.now + AHEAD_MS) throw refusal('aheadOfServer')
  if (request.now - timestamp > recvWindow) throw refusal('outsideRecvWindow')
  const signature = parameters.get('signature')
  if (signature === null || signature === '') throw refusal('mandatoryMissing', 'signature')
  const signed = payload.replace(/(^|&)signature=[^&]*/, '')
  const expected = createHmac('sha256', key.apiSecret).update(signed).digest()
  const given = /^[0-9a-f]{64}$/i.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(32)
  if (!timingSafeEqual(expected, given)) throw refusal('invalidSignature')
  return key
}

function knownKey(request: VenueRequest, keys: KeyRing<VenueKey>): VenueKey {
  const header = request.headers['x-mbx-apikey']
  if (typeof header !== 'string' || !/^[A-Za-z0-9]{64}$/.test(header)) throw refusal('badKeyFormat')
  const key = keys.find(header)
  if (key === undefined) throw refusal('rejectedKey')
  return key
}

function windowOf(text: string | null): number {
  if (text === null) return DEFAULT_RECV_WINDOW_MS
  const window = wholeNumber(text)
  if (window === undefined) throw refusal('illegalCharacters', 'recvWindow')
  if (window > LARGEST_RECV_WINDOW_MS) throw refusal('recvWindowTooBig')
  return window
}
