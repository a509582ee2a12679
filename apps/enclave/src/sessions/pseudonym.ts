/**
 * Pseudonyms: the same account or user always has the same one, and without the master key nobody can test a guess.
 * HMAC-SHA-256 under the `pseudonyms` branch, the first 16 bytes as base64url.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import type { VenueId } from '../ports/venue.ts'
import { context } from '../sealing/context.ts'

/** Of a venue account, from the venue's own account number. */
export function accountPseudonym(branch: KeyObject, venue: VenueId, accountUid: string): string {
  return pseudonym(branch, 'account', venue, accountUid)
}

/** Of the trader, from the `userId` the trader chose. */
export function userPseudonym(branch: KeyObject, userId: string): string {
  return pseudonym(branch, 'user', userId)
}

/** Of a set of accounts, in whatever order they are named. */
export function subjectPseudonym(branch: KeyObject, accounts: readonly string[]): string {
  return pseudonym(branch, 'subject', ...accounts.toSorted())
}

function pseudonym(branch: KeyObject, kind: string, ...parts: readonly string[]): string {
  return createHmac('sha256', branch)
    .update(context(kind, ...parts))
    .digest()
    .subarray(0, 16)
    .toString('base64url')
}
