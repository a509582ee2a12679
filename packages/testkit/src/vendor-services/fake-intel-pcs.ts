/**
 * FAKE. Intel's Provisioning Certification Service, API version 4 ("Get TCB Info", "Get Quoting Enclave Identity", "Get Revocation
 * List"), and the one path that a PCCS has beside them, for a platform of the test vendor.
 */
import type { MadeCollateral } from '../vendor-pki/intel.ts'
import { type FakeAnswer, type FakeService, fakeService } from './fake-service.ts'

export interface FakePcsOptions {
  readonly tee: 'sgx' | 'tdx'
  /** Hexadecimal, the one platform it knows */
  readonly fmspc: string
  readonly collateral: MadeCollateral
  /** The CA that certified it */
  readonly ca?: 'platform' | 'processor'
}

const REQUEST_ID = { 'Request-ID': '00000000000000000000000000000000' }

export function fakeIntelPcs(options: FakePcsOptions): Promise<FakeService> {
  return fakeService((url) => {
    const answer = answerOf(url, options)
    return answer && { ...answer, headers: { ...REQUEST_ID, ...answer.headers } }
  })
}

function answerOf({ pathname, searchParams }: URL, options: FakePcsOptions): FakeAnswer | null {
  const { tee, fmspc, collateral, ca = 'platform' } = options
  const json = { 'Content-Type': 'application/json' }
  switch (pathname) {
    case `/${tee}/certification/v4/tcb`: {
      const asked = searchParams.get('fmspc') ?? ''
      if (!/^[0-9a-fA-F]{12}$/.test(asked)) return { status: 400 }
      if (asked.toLowerCase() !== fmspc) return { status: 404 }
      const headers = { ...json, 'TCB-Info-Issuer-Chain': encoded(collateral['tcb-info-issuer-chain']) }
      return { status: 200, headers, body: collateral['tcb-info'] }
    }
    case `/${tee}/certification/v4/qe/identity`: {
      const headers = { ...json, 'SGX-Enclave-Identity-Issuer-Chain': encoded(collateral['qe-identity-issuer-chain']) }
      return { status: 200, headers, body: collateral['qe-identity'] }
    }
    case '/sgx/certification/v4/pckcrl': {
      const asked = searchParams.get('ca') ?? ''
      const encoding = searchParams.get('encoding') ?? 'pem'
      if (!['platform', 'processor'].includes(asked) || !['pem', 'der'].includes(encoding)) return { status: 400 }
      if (asked !== ca) return { status: 404 }
      const headers = { 'SGX-PCK-CRL-Issuer-Chain': encoded(collateral['pck-crl-issuer-chain']) }
      const der = collateral['pck-crl']
      return encoding === 'der'
        ? { status: 200, headers: { ...headers, 'Content-Type': 'application/pkix-crl' }, body: der }
        : { status: 200, headers: { ...headers, 'Content-Type': 'application/x-pem-file' }, body: pemCrl(der) }
    }
    // Of a PCCS only: hexadecimal, as its database holds it.
    case '/sgx/certification/v4/rootcacrl':
      return { status: 200, body: Buffer.from(collateral['root-ca-crl']).toString('hex') }
    default:
      return null
  }
}

/** Percent-encoded, as header values have to be. */
function encoded(pem: Uint8Array): string {
  return encodeURIComponent(Buffer.from(pem).toString())
}

function pemCrl(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n')
}
