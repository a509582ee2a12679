/** Secrets that are looked for afterwards, in every form that would give them away, wherever bytes may have gone. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needlesOf, Search } from '@perf-aggregator/testkit'
import { type Sandbox, VENUE_IDS } from '@perf-aggregator/venue-sandbox'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/store/tables.ts'

/** By name. Each at least 16 bytes. */
export type Canaries = Readonly<Record<string, Uint8Array>>

/** Keys and secrets of every venue's read-only credentials, less what is the same in all of them (names, PEM frames). */
export function canariesOf({ credentials }: Pick<Sandbox, 'credentials'>): Canaries {
  const canaries: Record<string, Uint8Array> = {}
  for (const venue of VENUE_IDS) {
    const { apiKey, apiSecret } = credentials[venue].readOnly
    canaries[`${venue} key`] = Buffer.from(apiKey.replace(/^organizations\/.*\/apiKeys\//, ''))
    canaries[`${venue} secret`] = Buffer.from(apiSecret.split('\n').at(1) ?? apiSecret)
  }
  return canaries
}

/** Looks for canaries whole and in pieces of 16 bytes: plain, UTF-16, hexadecimal, base64 and base64url in every phase. */
export class Lookout {
  readonly #search: Search
  readonly #canaries: Canaries

  constructor(canaries: Canaries) {
    this.#canaries = canaries
    this.#search = new Search(Object.entries(canaries).flatMap(([name, secret]) => needlesOf(name, secret)))
  }

  /** Names of what was found in `bytes`. */
  find(bytes: Uint8Array): readonly string[] {
    // Aligned and padded, as the search reads words.
    const aligned = Buffer.from(new ArrayBuffer(Math.ceil(bytes.length / 8) * 8))
    aligned.set(bytes)
    return [...new Set(this.#search.find(aligned, 0, 0, aligned.length).map(({ needle }) => needle))]
  }

  /** Fails when anything is found; and when a canary put among `bytes` would not be: then the search itself is blind. */
  nothingIn(what: string, bytes: Uint8Array): void {
    assert.deepEqual(this.find(bytes), [], what)
    for (const [name, canary] of Object.entries(this.#canaries)) {
      for (const form of [canary, Buffer.from(Buffer.from(canary).toString('hex')), utf16(canary), base64(canary)]) {
        const half = Math.floor(bytes.length / 2)
        const sample = bytes.subarray(Math.max(0, half - 999), half)
        assert.notDeepEqual(this.find(Buffer.concat([sample, form, sample])), [], `control: ${name} in ${what}`)
      }
    }
  }
}

/** Every row of every table, as the owner reads them. */
export async function dumpTables(owner: Kysely<Database>): Promise<Uint8Array> {
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_catalog.pg_tables where schemaname = 'public'`.execute(owner)
  const parts: Uint8Array[] = []
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.raw(name)}`.execute(owner)
    for (const value of rows.flatMap(Object.values)) {
      parts.push(
        value instanceof Uint8Array ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      )
      parts.push(Buffer.from('\n'))
    }
  }
  return Buffer.concat(parts)
}

/** Every file below `folder`, by path; those that vanish meanwhile (a server's own) are left out. */
export function* filesBelow(folder: string): Generator<{ readonly path: string; readonly bytes: Uint8Array }> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readIfThere(path)
    if (bytes !== null) yield { path, bytes }
  }
}

function readIfThere(path: string): Uint8Array | null {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function utf16(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.from(bytes).toString('latin1'), 'utf16le')
}

function base64(bytes: Uint8Array): Buffer {
  return Buffer.from(Buffer.concat([Buffer.of(0), bytes]).toString('base64'))
}
