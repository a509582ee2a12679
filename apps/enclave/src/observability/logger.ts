/**
 * JSON lines on standard output (requirement H2). What may be written is an allow-list: an event's name and the
 * fields of `LogFields`, each a short plain value. No URL, header, body, id of a session or message of an error
 * from outside can reach a line, because nothing carries it there.
 */
import { type DestinationStream, type Level, pino } from 'pino'
import type { Clock } from '../ports/clock.ts'

/** Everything a line may say beside its time, level and event. */
export interface LogFields {
  readonly requestId?: string
  readonly method?: string
  /** The route's pattern, never the address that was asked for. */
  readonly route?: string
  readonly status?: number
  readonly durationMs?: number
  /** An error code of ours. */
  readonly code?: string
  /** The part of the enclave that speaks: `http`, `collector`, `log`, … */
  readonly part?: string
  readonly venue?: string
  readonly state?: string
  readonly count?: number
  readonly size?: number
  readonly port?: number
  readonly host?: string
  readonly version?: string
  readonly release?: string
  readonly keyEpoch?: number
  readonly pid?: number
  readonly exitCode?: number
  /** A file of the endorsements folder, only under a plain name. */
  readonly file?: string
  /** Kinds of endorsements, our names. */
  readonly kinds?: string
  /** An instant */
  readonly until?: string
}

const ALLOWED: ReadonlySet<string> = new Set<keyof LogFields>([
  'requestId',
  'method',
  'route',
  'status',
  'durationMs',
  'code',
  'part',
  'venue',
  'state',
  'count',
  'size',
  'port',
  'host',
  'version',
  'release',
  'keyEpoch',
  'pid',
  'exitCode',
  'file',
  'kinds',
  'until',
])

/** Longer than anything of ours, shorter than most of what leaks. */
const MAX_TEXT = 128

/** The one way anything of the enclave writes a line. `event` is a constant of the source: `session_revoked`. */
export interface Logger {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  /** `cause` is described by `describeError`: where it was thrown, never what it said. */
  error(event: string, fields?: LogFields, cause?: unknown): void
}

export interface LoggerOptions {
  readonly clock: Clock
  readonly level?: Level | 'silent'
  /** Standard output unless a test listens. */
  readonly destination?: DestinationStream
}

export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: null,
    messageKey: 'event',
    timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
  }
  const lines = options.destination === undefined ? pino(settings) : pino(settings, options.destination)
  return {
    info: (event, fields) => {
      lines.info(allowed(fields), event)
    },
    warn: (event, fields) => {
      lines.warn(allowed(fields), event)
    },
    error: (event, fields, cause) => {
      lines.error({ ...allowed(fields), ...(cause === undefined ? {} : { error: describeError(cause) }) }, event)
    },
  }
}

/** The type says the same; this holds where a caller's object carries more than its type. */
function allowed(fields: LogFields = {}): Record<string, string | number> {
  const line: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    if (!ALLOWED.has(name)) continue
    if (typeof value === 'number') line[name] = value
    else if (typeof value === 'string') line[name] = value.slice(0, MAX_TEXT)
  }
  return line
}

export interface ErrorDescription {
  readonly name: string
  readonly code?: string
  readonly frames: readonly string[]
  readonly cause?: ErrorDescription
}

const FRAME = /^\s+at .{1,300}:\d+:\d+\)?$/
const MAX_FRAMES = 12
const MAX_CAUSES = 4

/**
 * An error without its message: the message of a foreign error often quotes what was sent to it. The frames are taken
 * only where the message can be cut off the stack, so that a message that imitates frames gains nothing.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, frames: [] }
  const code: unknown = 'code' in error ? error.code : undefined
  return {
    name: identifier(error.name) ?? 'Error',
    ...(typeof code === 'string' && identifier(code) !== undefined ? { code } : {}),
    frames: frames(error),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(error.cause, depth + 1) }),
  }
}

function identifier(text: string): string | undefined {
  return /^[A-Za-z0-9_]{1,64}$/.test(text) ? text : undefined
}

function frames(error: Error): readonly string[] {
  const { stack, message } = error
  const header = stack?.indexOf(`${message}\n`) ?? -1
  if (stack === undefined || header < 0) return []
  return stack
    .slice(header + message.length)
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
}
