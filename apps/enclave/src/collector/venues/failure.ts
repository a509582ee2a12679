/** What a venue's refusal means, whichever words and status the venue uses for it. */
export type Failure =
  /** The key does not work: unknown, revoked, wrong signature, missing right. */
  | 'refused'
  /** Too many requests: come back after `Retry-After`. */
  | 'busy'
  /** Our time is not the venue's. */
  | 'clock'
  /** A number that must grow did not, because two requests crossed: ask again. */
  | 'nonce'
  /** The venue is ill: overload, maintenance, something in front of it that is not the venue. */
  | 'unavailable'
  /** The venue understood, and says the request is wrong. */
  | 'rejected'

/** Reads a venue's answer; null when it is no refusal. `body` is null when it was not JSON. */
export type Diagnose = (status: number, body: unknown) => Failure | null

/** Statuses that mean the same at every venue; null where the body has to say. */
export function failureOfStatus(status: number, body: unknown): Failure | null {
  if (status === 429 || status === 418) return 'busy'
  if (status >= 500 || (status >= 300 && status < 400) || status === 0) return 'unavailable'
  // A page instead of JSON comes from something in front of the venue.
  if (body === null && status !== 401 && status !== 403) return 'unavailable'
  return null
}
