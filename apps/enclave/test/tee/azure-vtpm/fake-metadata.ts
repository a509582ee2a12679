/** FAKE. The metadata service of a confidential VM on Azure: certificates of the test vendor, and quotes of its TDs. */
import { decodeBase64Url, encodeBase64Url } from '@perf-aggregator/attestation/bytes'
import { type IntelMachine, intelMachine } from '@perf-aggregator/testkit/vendor-pki'
import type { Machine } from '../../../src/tee/machine.ts'
import type { FakeTpm } from './fake-tpm.ts'

export interface FakeMetadata {
  readonly fetch: Machine['fetch']
  readonly asked: { readonly address: string; readonly request: RequestInit }[]
  /** Whose quoting enclave quoted last */
  readonly quotedBy: () => IntelMachine
}

export function fakeMetadata(tpm: FakeTpm, now: number): FakeMetadata {
  const asked: { readonly address: string; readonly request: RequestInit }[] = []
  let machine: IntelMachine | null = null
  const fetch: Machine['fetch'] = async (address, request) => {
    asked.push({ address, request })
    const url = new URL(address)
    const headers = new Headers(request.headers)
    if (url.hostname !== '169.254.169.254') throw new TypeError('fetch failed')
    if (url.pathname === '/metadata/THIM/amd/certification' && request.method === 'GET') {
      if (headers.get('metadata') !== 'true') return Response.json({ error: 'Bad request' }, { status: 400 })
      return Response.json(certification(tpm.vm().machine.chain))
    }
    if (url.pathname === '/acc/tdquote' && request.method === 'POST') {
      const { report } = JSON.parse(request.body as string) as { report: string }
      const tdReport = decodeBase64Url(report)
      if (tdReport.length !== 1024) return Response.json({ error: 'Bad request' }, { status: 400 })
      machine = quoting(tdReport, now)
      return Response.json({ quote: encodeBase64Url(machine.quote) })
    }
    return new Response('', { status: 404 })
  }
  return {
    fetch,
    asked,
    quotedBy: () => {
      if (machine === null) throw new Error('nothing was quoted')
      return machine
    },
  }
}

/** As `/metadata/THIM/amd/certification` answers. */
export function certification(certificates: readonly Uint8Array[]): Readonly<Record<string, string>> {
  const [vcek, ...chain] = certificates.map(pem)
  return { vcekCert: vcek ?? '', tcbm: 'DB18000000000004', cacheControl: '86400', certificateChain: chain.join('') }
}

/** A TDREPORT with that report data, as the TDX module makes it. */
export function tdReport(reportData: Uint8Array): Uint8Array {
  const report = new Uint8Array(1024)
  report.set(reportData, 128)
  return report
}

function quoting(report: Uint8Array, now: number): IntelMachine {
  return intelMachine({
    now,
    tee: 'tdx',
    body: (genuine) => {
      genuine.set(report.subarray(128, 192), 520)
      return genuine
    },
  })
}

function pem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
