/** Where vendors publish what verifies a piece of evidence. Addresses for people and their tools: nothing here is fetched. */

import { encodeHex } from '../bytes/index.ts'
import type { Claims } from '../claims.ts'
import type { Evidence } from '../evidence.ts'
import { readQuote } from '../intel/quote.ts'
import { readNitroDocument } from '../nitro/document.ts'
import { commonName, readCertificate, readPem } from '../x509/index.ts'

export interface Source {
  /** What is there, in a name to save it under, which `readFile` then goes by. */
  readonly file: string
  readonly url: string
  /** HTTP header of the answer that holds an issuer chain, and the name to save that under. */
  readonly header?: { readonly name: string; readonly file: string }
}

const KDS = 'https://kdsintf.amd.com'
const PCS = 'https://api.trustedservices.intel.com'
/** The only addresses that are taken from evidence, and so may be anything. */
const ADDRESS = /^https?:\/\/[\w./-]{1,200}$/

/** KDS's names for the components of {@link Claims.tcb}. */
const KDS_COMPONENTS: Readonly<Record<string, string>> = {
  FMC: 'fmcSPL',
  bootloader: 'blSPL',
  TEE: 'teeSPL',
  'SNP firmware': 'snpSPL',
  microcode: 'ucodeSPL',
}
/** Bytes of a chip id that are one, on the product whose ids are shorter. */
const TURIN_CHIP_ID = 8

/** @param claims what the evidence says, verified or not: these are addresses to ask, whose answers are verified */
export function vendorSources({ type, quote }: Evidence, { details, platform, tcb }: Claims): readonly Source[] {
  const hardware = details.family === 'azure-vtpm' ? details.hardware : details
  switch (hardware.family) {
    case 'nitro':
      return nitroSources(type === 'nitro' ? quote : new Uint8Array(0))
    case 'sgx':
    case 'tdx':
      return hardware.fmspc ? intelSources(hardware.family, encodeHex(hardware.fmspc), pckCa(quote)) : []
    case 'snp': {
      const product = hardware.product ?? 'Milan'
      const kind = hardware.signingKey ?? 'vcek'
      const chip = encodeHex((platform?.id ?? new Uint8Array(0)).subarray(0, product === 'Turin' ? TURIN_CHIP_ID : 64))
      const query = (tcb?.components ?? []).flatMap(({ name, found }) => {
        const spl = KDS_COMPONENTS[name]
        return spl === undefined ? [] : [`${spl}=${found}`]
      })
      return [
        ...(kind === 'vcek' && chip !== '' && query.length > 0
          ? [{ file: 'vcek.der', url: `${KDS}/vcek/v1/${product}/${chip}?${query.join('&')}` }]
          : []),
        { file: 'cert_chain.pem', url: `${KDS}/${kind}/v1/${product}/cert_chain` },
        { file: 'crl.der', url: `${KDS}/${kind}/v1/${product}/crl` },
      ]
    }
    case 'simulator':
      return []
  }
}

function intelSources(tee: 'sgx' | 'tdx', fmspc: string, ca: string): readonly Source[] {
  const header = (name: string, file: string): Pick<Source, 'header'> => ({ header: { name, file } })
  return [
    {
      file: 'tcbInfo.json',
      url: `${PCS}/${tee}/certification/v4/tcb?fmspc=${fmspc}`,
      ...header('TCB-Info-Issuer-Chain', 'tcbInfoIssuerChain.pem'),
    },
    {
      file: 'qeIdentity.json',
      url: `${PCS}/${tee}/certification/v4/qe/identity`,
      ...header('SGX-Enclave-Identity-Issuer-Chain', 'qeIdentityIssuerChain.pem'),
    },
    { file: 'pckCrl.der', url: `${PCS}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der` },
    { file: 'rootCaCrl.der', url: 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der' },
  ]
}

/** Which of Intel's two CAs certified the platform. */
function pckCa(quote: Uint8Array): 'platform' | 'processor' {
  try {
    const [pck] = readPem(readQuote(quote).qe.pckChain, 'CERTIFICATE')
    const issuer = pck ? commonName(readCertificate(pck).issuer) : null
    return issuer?.includes('Processor') ? 'processor' : 'platform'
  } catch {
    return 'platform'
  }
}

function nitroSources(quote: Uint8Array): readonly Source[] {
  try {
    const { chain } = readNitroDocument(quote)
    const urls = chain.flatMap((der) => readCertificate(der).crlDistributionPoints.slice(0, 1))
    return [...new Set(urls.filter((url) => ADDRESS.test(url)))].map((url, at) => ({ file: `${at + 1}.crl`, url }))
  } catch {
    return []
  }
}
