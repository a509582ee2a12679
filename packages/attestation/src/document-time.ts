import { readNitroDocument } from './nitro/document.ts'

/**
 * When evidence says it was made, seconds since 1970, or null in families whose evidence carries no time. Read, not verified: to be
 * handed to `verify` as the moment to judge at where certificates have long ended, and to be shown with the verdict.
 */
export function documentTime({ type, quote }: { readonly type: string; readonly quote: Uint8Array }): number | null {
  if (type !== 'nitro') return null
  try {
    return Math.floor(readNitroDocument(quote).timestamp / 1000)
  } catch {
    return null
  }
}
