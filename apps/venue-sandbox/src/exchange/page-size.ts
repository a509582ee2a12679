import type { VenueSettings } from './exchange.ts'

/** Rows of a page: as asked, one at least, and no more than the venue gives or the sandbox was told to give. */
export function pageSize({ pageSize: told }: VenueSettings, most: number, asked: number): number {
  return Math.min(Math.max(asked, 1), most, told ?? most)
}
