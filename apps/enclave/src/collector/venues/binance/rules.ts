import type { VenueRules } from '../connection.ts'
import type { Failure } from '../failure.ts'
import { parseTime } from './parse.ts'

/** Binance's error codes that are not "the request is wrong". */
const CODES: Readonly<Record<string, Failure>> = {
  '-1000': 'unavailable',
  '-1001': 'unavailable',
  '-1002': 'refused',
  '-1003': 'busy',
  '-1006': 'unavailable',
  '-1007': 'unavailable',
  '-1008': 'busy',
  '-1016': 'unavailable',
  '-1021': 'clock',
  '-1022': 'refused',
  '-1099': 'refused',
  '-2008': 'refused',
  '-2014': 'refused',
  '-2015': 'refused',
}

export const binanceRules: VenueRules = {
  venue: 'binance',
  mac: { hash: 'sha256', encoding: 'hex' },
  // Request weight is counted per address.
  perKey: false,
  time: { endpoint: 'publicGetTime', parse: parseTime },
  diagnose: (status, body) => {
    if (status < 400) return null
    const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
    const known = typeof code === 'string' ? CODES[code] : undefined
    // 403 without a code is the firewall in front of Binance, not a verdict on the key.
    return known ?? (status === 401 ? 'refused' : status === 403 ? 'unavailable' : 'rejected')
  },
}
