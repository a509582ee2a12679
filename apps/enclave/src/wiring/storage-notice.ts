import type { Store } from '../store/open.ts'
import type { Tee } from '../tee/select.ts'

/** What an operator must know of where the data lies, before any is kept there; null where there is nothing to say. */
export function storageNotice(
  { kind, notice }: Pick<Store, 'kind' | 'notice'>,
  { family }: Pick<Tee, 'family'>,
): string | null {
  if (kind !== 'pglite' || family !== 'nitro') return notice
  return 'storage: embedded PGlite, in an enclave that has no disk. All of it is gone when the enclave stops. Set DATABASE_URL to use a PostgreSQL server.'
}
