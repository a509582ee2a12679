/** What crosses between the enclave and its collector child: ciphertext in, parsed events and codes out, never a secret. */
import type { DailyClose, Decimal } from '@perf-aggregator/performance'
import type { EnclaveErrorCode } from '../errors.ts'
import type { CollectorKeys, OpenedSubmission, SealedCredentials, SealedSubmission } from '../ports/collector.ts'
import type { Cursor, KeyReport, Page, StreamName, VenueId } from '../ports/venue.ts'
import type { KmsSettings } from '../tee/nitro/kms/settings.ts'
import type { TeeFamily } from '../tee/select.ts'
import type { HardeningStatus } from './hardening.ts'
import type { SandboxVenues } from './venues/clients.ts'

/** The first message to a child. */
export interface BootMessage {
  readonly kind: 'boot'
  /** Where the sealed master key lies. The child unseals it for itself and keeps only the branch for credentials. */
  readonly dataDirectory: string
  readonly tee: TeeFamily
  /** The child asks KMS for itself. */
  readonly kms: KmsSettings | null
  /** Digest of the measured set, 32 bytes. */
  readonly release: Uint8Array
  readonly sandbox: SandboxVenues | null
  readonly undumpable: boolean
}

/** Operations by name: what they take and what they give. */
export interface Operations {
  open: (sessionId: string, submission: SealedSubmission) => OpenedSubmission
  checkKey: (sessionId: string) => KeyReport
  attach: (sessionId: string, venue: VenueId, credentials: SealedCredentials) => null
  streams: (sessionId: string, symbols: readonly string[]) => readonly StreamName[]
  page: (sessionId: string, account: string, stream: StreamName, cursor: Cursor | null) => Page
  balances: (sessionId: string) => readonly { readonly asset: string; readonly total: Decimal }[]
  dailyCloses: (venue: VenueId, markets: readonly string[], fromDay: string, toDay: string) => readonly DailyClose[]
  detach: (sessionId: string) => null
}

export type Operation = keyof Operations

export interface RequestMessage {
  readonly kind: 'request'
  readonly id: number
  readonly operation: Operation
  readonly arguments: readonly unknown[]
}

export interface Failed {
  readonly code: EnclaveErrorCode
  /** Our own words: never an answer of a venue, never what was sent. */
  readonly detail: string
  readonly retryAfterSeconds: number | null
}

export type ChildMessage =
  | { readonly kind: 'ready'; readonly keys: CollectorKeys; readonly hardening: HardeningStatus }
  | { readonly kind: 'not_ready'; readonly failed: Failed }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly failed: Failed }
