import { type Fail, type Json, Members } from '@perf-aggregator/protocol'
import { localError } from '../errors.ts'

/** What the enclave said when it took the credentials. */
export interface Registration {
  /** Whoever has it and, where the session is bound, the client key, is the session's owner. */
  readonly sessionId: string
  /** RFC 3339. */
  readonly expiresAt: string
  readonly exchange: string
  readonly label: string
  /** Pseudonym of the venue's account. */
  readonly account: string
  readonly keyEpoch: number
}

/** Reads the answer of `POST /enclave/submit_key`. `answer_malformed`, also when a key was sent and not bound. */
export function readRegistration(answer: Json): Registration {
  const members = new Members(answer, '', fail)
  const registration: Registration = {
    sessionId: members.string('session_id', /^[A-Za-z0-9_-]{43}$/),
    expiresAt: members.string('expires_at', /^\d{4}-\d{2}-\d{2}T[0-9:.]+Z$/),
    exchange: members.string('exchange', SHORT),
    label: members.string('label', SHORT),
    account: members.string('account', SHORT),
    keyEpoch: members.integer('key_epoch'),
  }
  // Otherwise a host that strips the key would leave the session to whoever learns its id.
  if (members.any('bound') !== true) throw members.invalid('bound', 'true')
  members.end()
  return registration
}

const SHORT = /^[\x20-\x7e]{1,128}$/

const fail: Fail = (why, path, expected) =>
  localError('answer_malformed', `the answer to the submission: ${path}: ${why}, expected ${expected}`)
