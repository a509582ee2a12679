/** Every genuine sample of the corpus, and every one derived from them, as the bundle a page would be given. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { documentTime, type EvidenceBundle, type HardwareFamily } from '@perf-aggregator/attestation'
import { type FileContent, gatherEndorsements, readFile } from '@perf-aggregator/attestation/files'

export interface NamedBundle extends EvidenceBundle {
  readonly name: string
}

interface Kind {
  readonly family: HardwareFamily
  readonly evidence: string
  /** Patterns of the files beside it, `@` for the evidence's own folder. */
  readonly beside: readonly string[]
  /** For evidence without a time of its own. */
  readonly now: string
}

const TDX = 'tdx/phala-v4-uptodate'
const SGX = 'sgx/phala-v3-cfgswhardening'
const SNP_ROOTS = { Milan: 'snp/roots/ask_ark_milan.pem', Genoa: 'snp/roots/ask_ark_genoa.pem' } as const
const TURIN = 'snp/roots/ask_ark_turin_vcek.pem'

const KINDS: readonly Kind[] = [
  { family: 'nitro', evidence: 'nitro/**/*.cose', beside: [], now: '2022-09-15T17:43:28Z' },
  { family: 'sgx', evidence: `${SGX}/quote.bin`, beside: ['@/collateral.json'], now: '2025-07-01T00:00:00Z' },
  { family: 'sgx', evidence: 'sgx/*.quote.bin', beside: [], now: '2025-07-01T00:00:00Z' },
  { family: 'tdx', evidence: `${TDX}/quote.bin`, beside: ['@/collateral.json'], now: '2025-07-01T00:00:00Z' },
  {
    family: 'tdx',
    evidence: 'tdx/negative/*.bin',
    beside: [`${TDX}/collateral.json`],
    now: '2025-07-01T00:00:00Z',
  },
  { family: 'tdx', evidence: 'tdx/*.quote.bin', beside: [], now: '2025-07-01T00:00:00Z' },
  {
    family: 'tdx',
    evidence: 'tdx/google-*/quote.bin',
    beside: ['@/*.json', '@/*.der', '@/*.pem'],
    now: '2023-07-01T00:00:00Z',
  },
  {
    family: 'snp',
    evidence: 'snp/{microsoft-aci-milan-v3,virtee-milan-v2,DEBUG-google-milan-v2}/report.bin',
    beside: ['@/vcek.*', SNP_ROOTS.Milan],
    now: '2028-01-01T00:00:00Z',
  },
  {
    family: 'snp',
    evidence: 'snp/microsoft-aci-genoa-v3/report.bin',
    beside: ['@/vcek.pem', SNP_ROOTS.Genoa],
    now: '2028-01-01T00:00:00Z',
  },
  {
    family: 'snp',
    evidence: 'snp/{microsoft-aci-turin-v5/report,negative/*}.bin',
    beside: ['snp/microsoft-aci-turin-v5/vcek.pem', TURIN],
    now: '2028-01-01T00:00:00Z',
  },
  { family: 'azure-vtpm', evidence: 'azure-vtpm/*.json', beside: [SNP_ROOTS.Milan], now: '2027-01-01T00:00:00Z' },
]

/** @param corpus folder `attestation` of the corpus */
export function genuineBundles(corpus: string): readonly NamedBundle[] {
  const read = (path: string): Uint8Array => new Uint8Array(readFileSync(join(corpus, path)))
  const open = (path: string): readonly FileContent[] => {
    const content = readFile(basename(path), read(path))
    return content ? [content] : []
  }
  return KINDS.flatMap(({ family, evidence: pattern, beside, now }) =>
    globSync(pattern, { cwd: corpus })
      .toSorted()
      .map((path): NamedBundle => {
        const folder = path.slice(0, path.lastIndexOf('/'))
        const own = family === 'azure-vtpm' ? open(path) : []
        const evidence = own[0]?.evidence ?? { type: family, quote: read(path), binding: null }
        const others = beside.flatMap((one) =>
          globSync(one.replace('@', folder), { cwd: corpus }).toSorted().flatMap(open),
        )
        return {
          name: path,
          evidence,
          endorsements: gatherEndorsements(evidence, [], [...own, ...others]),
          collectedAt: documentTime(evidence) ?? Date.parse(now) / 1000,
        }
      }),
  )
}
