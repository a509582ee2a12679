import type { VenueRules } from '../connection.ts'
import { parseTime } from './parse.ts'
import { bearerToken } from './sign.ts'

export const coinbaseRules: VenueRules = {
  venue: 'coinbase',
  // Unused: every request carries a token of its own.
  mac: { hash: 'sha256', encoding: 'hex' },
  perKey: false,
  time: { endpoint: 'v3PublicGetBrokerageTime', parse: parseTime },
  token: bearerToken,
  diagnose: (status) => {
    if (status < 400) return null
    return status === 401 || status === 403 ? 'refused' : 'rejected'
  },
}
