/** What evidence says, for people, digests shortened. `--json` has them whole. */
import type { Claims } from '@perf-aggregator/attestation'
import { instant } from '@perf-aggregator/attestation'
import { encodeHex } from '@perf-aggregator/attestation/bytes'
import { type PlainJson, plainJson } from '../attest/plain-json.ts'
import { shortenDigests } from './columns.ts'

export function claimRows(claims: Claims): (readonly [name: string, value: string])[] {
  const { measurements, reportData, nonce, debug, issuedAt, platform, tcb, details } = claims
  const rows: (readonly [string, string])[] = [
    ...Object.entries(measurements).map(([name, bytes]) => [name, bytes ? encodeHex(bytes) : 'none'] as const),
    ['debug', debug ? 'ON: the host can read its memory' : 'off'],
    ['report data', reportData ? encodeHex(reportData) : 'none'],
    ['nonce', nonce ? encodeHex(nonce) : 'none'],
    ['issued', issuedAt === null ? 'it carries no time' : instant(issuedAt)],
    ['platform', platform ? `${platform.kind} ${encodeHex(platform.id)}` : 'not named'],
    ['TCB', tcb ? [tcb.status ?? 'no judgement', ...tcb.advisories].join(', ') : 'none in this family'],
    ...(tcb?.components ?? []).map(
      ({ name, found, required }) =>
        [name, required === null ? String(found) : `${found}, ${required} needed`] as const,
    ),
    ...detailRows(plainJson(details), '').filter(([part]) => part !== 'family'),
  ]
  return rows.map(([name, value]) => [name, shortenDigests(value)] as const)
}

function detailRows(json: PlainJson, name: string): (readonly [string, string])[] {
  if (json === null) return [[name, 'none']]
  if (typeof json !== 'object') return [[name, shown(String(json))]]
  return Object.entries(json).flatMap(([part, value]) => detailRows(value, name === '' ? part : `${name} ${part}`))
}

/** Foreign text, of which a hostile file could make anything. */
function shown(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?')
}
