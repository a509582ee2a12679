/** Genuine SNP evidence of the corpus, and how it is judged: everything but the measurement, and no revocation. */
import { mathematics } from '../../client/src/crypto/mathematics.node.ts'
import { endorsement, hardwareOnlyPolicy, skip, type Verdict, verify } from '../src/index.ts'
import type { SnpPolicy, SnpProduct } from '../src/snp/policy.ts'
import { readPem } from '../src/x509/index.ts'
import { read } from './corpus.ts'

const INTERMEDIATES: Readonly<Record<SnpProduct, string>> = {
  Milan: 'ask_ark_milan.pem',
  Genoa: 'ask_ark_genoa.pem',
  Turin: 'ask_ark_turin_vcek.pem',
}

/** VCEK, ASK, ARK */
export function chainOf(vcek: Uint8Array, product: SnpProduct): readonly Uint8Array[] {
  return [vcek, ...readPem(read(`snp/roots/${INTERMEDIATES[product]}`), 'CERTIFICATE')]
}

export interface SnpSample {
  readonly report: Uint8Array
  readonly chain: readonly Uint8Array[]
}

export function readSample(folder: string, product: SnpProduct): SnpSample {
  const isPem = folder.startsWith('microsoft')
  const file = read(`snp/${folder}/${isPem ? 'vcek.pem' : 'vcek.der'}`)
  const [vcek = file] = isPem ? readPem(file, 'CERTIFICATE') : [file]
  return { report: read(`snp/${folder}/report.bin`), chain: chainOf(vcek, product) }
}

/** AMD publishes a list for as long as it holds, and of these reports' days none was kept. */
export const revocation = skip('an archive without revocation lists')

export function judgeSnp({ report, chain }: SnpSample, now: number, alter: Partial<SnpPolicy> = {}): Promise<Verdict> {
  const policy = hardwareOnlyPolicy('snp', { revocation })
  const { snp } = policy.families
  return verify(
    { type: 'snp', quote: report, binding: null },
    chain.map((one) => endorsement('certificate', one)),
    snp ? { ...policy, families: { snp: { ...snp, ...alter } } } : policy,
    now,
    mathematics,
  )
}
