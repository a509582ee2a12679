import { Refusal, type VenueResponse } from '../exchange/message.ts'

/** Binance's error codes, as its API reference lists them, with the HTTP status it sends. */
const ERRORS = {
  ipBanned: [
    418,
    -1003,
    'Way too much request weight used; IP banned until %s. Please use WebSocket Streams for live updates to avoid bans.',
  ],
  tooMuchWeight: [
    429,
    -1003,
    'Too much request weight used; current limit is %s request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.',
  ],
  outsideRecvWindow: [400, -1021, 'Timestamp for this request is outside of the recvWindow.'],
  aheadOfServer: [400, -1021, "Timestamp for this request was 1000ms ahead of the server's time."],
  invalidSignature: [400, -1022, 'Signature for this request is not valid.'],
  illegalCharacters: [400, -1100, "Illegal characters found in parameter '%s'; legal range is '^[0-9]{1,20}$'."],
  mandatoryMissing: [400, -1102, "Mandatory parameter '%s' was not sent, was empty/null, or malformed."],
  invalidInterval: [400, -1120, 'Invalid interval.'],
  invalidSymbol: [400, -1121, 'Invalid symbol.'],
  lookupTooBig: [400, -1127, 'More than %s between startTime and endTime.'],
  badCombination: [400, -1128, 'Combination of optional parameters invalid.'],
  recvWindowTooBig: [400, -1131, 'recvWindow must be less than 60000'],
  badKeyFormat: [401, -2014, 'API-key format invalid.'],
  rejectedKey: [401, -2015, 'Invalid API-key, IP, or permissions for action.'],
  notAuthorized: [401, -1002, 'You are not authorized to execute this request.'],
} as const satisfies Record<string, readonly [number, number, string]>

export type BinanceError = keyof typeof ERRORS

export function refusal(error: BinanceError, fill = '', headers: Readonly<Record<string, string>> = {}): Refusal {
  return new Refusal(errorResponse(error, fill, headers))
}

export function errorResponse(
  error: BinanceError,
  fill: string,
  headers: Readonly<Record<string, string>>,
): VenueResponse {
  const [status, code, msg] = ERRORS[error]
  return { status, headers, body: { code, msg: msg.replace('%s', fill) } }
}
