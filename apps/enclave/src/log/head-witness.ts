/**
 * Remembers, outside the database, the newest checkpoint this enclave let out. The database may be set back to an old
 * backup, and an honest enclave would then sign a second history over the first: this is what it notices that by.
 *
 * Both together set back cannot be noticed from inside; that takes witnesses elsewhere. Each process has a witness of
 * its own.
 */
export interface HeadWitness {
  /** The note last written; null when there never was one. */
  read(): Promise<string | null>
  /** Resolves when a crash can no longer lose it. Called in order, never concurrently. */
  write(checkpoint: string): Promise<void>
}
