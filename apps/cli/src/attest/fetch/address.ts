/** Where a vendor's answer is really asked for: at the vendor, or at a mirror somebody named. */
import type { Source } from '@perf-aggregator/attestation/files'
import { FetchError } from './fetch-error.ts'
import { isVendorAddress } from './vendor-address.ts'

/** Base addresses in place of the vendors', chosen by whoever calls and so never by evidence; null: the vendor. */
export interface Mirrors {
  /** Of Intel's service: a PCCS has the same paths. */
  readonly pcs: string | null
  readonly kds: string | null
  /** Of AWS's buckets, by the path of the list alone. */
  readonly crls: string | null
}

export const NO_MIRRORS: Mirrors = { pcs: null, kds: null, crls: null }

/** The CRL of the root is on another host of Intel's, and below this path of a PCCS. */
const INTEL_ROOT_HOST = 'certificates.trustedservices.intel.com'
const PCCS_ROOT_CRL = '/sgx/certification/v4/rootcacrl'

/** `address_refused` for what no vendor publishes, mirror or not: evidence must not choose whom this machine connects to. */
export function addressOf({ url }: Source, { pcs, kds, crls }: Mirrors): string {
  if (!isVendorAddress(url)) {
    throw new FetchError('address_refused', 'the evidence names an address that is none of its vendor')
  }
  const { hostname, pathname, search } = new URL(url)
  const below = (mirror: string, path: string): string => `${mirror.replace(/\/+$/, '')}${path}`
  if (hostname === INTEL_ROOT_HOST) return pcs === null ? url : below(pcs, PCCS_ROOT_CRL)
  if (hostname.endsWith('.intel.com')) return pcs === null ? url : below(pcs, `${pathname}${search}`)
  if (hostname.endsWith('.amd.com')) return kds === null ? url : below(kds, `${pathname}${search}`)
  return crls === null ? url : below(crls, pathname)
}
