/** A certificate with one digit changed, as somebody would who wishes to have earned more. */
import { decodeBase64Url, decodeUtf8, encodeBase64Url, encodeUtf8 } from '@perf-aggregator/protocol'

interface CertificateFile {
  readonly statement: { readonly payload: string }
}

/** Replaces the first digit of the signed realised PnL; says what it did. */
export function withOneDigitAltered(file: string): { readonly file: string; readonly change: string } {
  const certificate = JSON.parse(file) as CertificateFile
  const payload = decodeUtf8(decodeBase64Url(certificate.statement.payload))
  const match = /("realisedPnl":\{"value":"-?)(\d)/.exec(payload)
  if (match === null) throw new Error('the certificate states no realised PnL')
  const [whole, before = '', digit = ''] = match
  const other = digit === '9' ? '8' : '9'
  const altered = payload.replace(whole, `${before}${other}`)
  const statement = { ...certificate.statement, payload: encodeBase64Url(encodeUtf8(altered)) }
  return {
    file: `${JSON.stringify({ ...certificate, statement }, null, 2)}\n`,
    change: `first digit of the realised PnL: ${digit} → ${other}`,
  }
}
