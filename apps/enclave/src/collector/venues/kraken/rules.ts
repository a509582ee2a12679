import type { VenueRules } from '../connection.ts'
import type { Failure } from '../failure.ts'
import { parseTime } from './parse.ts'

/** How Kraken's error strings begin, in the order they are looked up. */
const ERRORS: readonly (readonly [string, Failure])[] = [
  ['EAPI:Rate limit', 'busy'],
  ['EGeneral:Too many requests', 'busy'],
  ['EOrder:Rate limit', 'busy'],
  ['EGeneral:Temporary lockout', 'busy'],
  ['EAPI:Invalid nonce', 'nonce'],
  ['EAPI:Invalid key', 'refused'],
  ['EAPI:Invalid signature', 'refused'],
  ['EGeneral:Permission denied', 'refused'],
  ['EService', 'unavailable'],
  ['EGeneral:Internal error', 'unavailable'],
  ['EAPI:Bad request', 'unavailable'],
]

export const krakenRules: VenueRules = {
  venue: 'kraken',
  mac: { hash: 'sha512', encoding: 'base64' },
  perKey: true,
  time: { endpoint: 'publicGetTime', parse: parseTime },
  diagnose: (status, body) => {
    const errors: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
    if (!Array.isArray(errors)) return status === 401 || status === 403 ? 'refused' : 'unavailable'
    // Warnings begin with W and come beside a result.
    const error: unknown = errors.find((entry) => typeof entry !== 'string' || !entry.startsWith('W'))
    if (error === undefined) return status < 400 ? null : 'rejected'
    const known = ERRORS.find(([start]) => typeof error === 'string' && error.startsWith(start))
    return known?.[1] ?? 'rejected'
  },
}
