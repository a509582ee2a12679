import type { IncomingHttpHeaders } from 'node:http'

/** A request as a venue sees it: the raw query and body, because signatures cover their exact bytes. */
export interface VenueRequest {
  readonly method: string
  readonly path: string
  /** Without the `?`. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The venue's own clock, milliseconds since 1970. */
  readonly now: number
}

export interface VenueResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A string is sent as it is; anything else as JSON. */
  readonly body: unknown
}

/** Thrown by a venue's checks; carries exactly what the venue answers. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly response: VenueResponse

  constructor(response: VenueResponse) {
    super(`refused with status ${response.status}`)
    this.response = response
  }
}

/** ES2026 JSON source text access; older type libraries do not know it. */
const withRawJson = JSON as unknown as { readonly rawJSON: (this: void, text: string) => object }

/** A JSON number with exactly these digits. */
export function numeral(text: string): object {
  return withRawJson.rawJSON(text)
}

/** Microseconds of the digits behind the point of a second; finer digits are dropped. */
export function microseconds(fraction = ''): number {
  return Number(fraction.padEnd(6, '0').slice(0, 6))
}

/** Whole number from a parameter, or undefined when the text is not one. */
export function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
