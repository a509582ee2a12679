export { type AmdOptions, type AmdProduct, amdMachine, ia5, type MadeMachine } from './amd.ts'
export { type AzureOptions, azureVm, type MadeVm } from './azure.ts'
export { der, value as derValue } from './der-writer.ts'
export { collateralFiles } from './file-names.ts'
export { type IntelMachine, type IntelOptions, intelMachine } from './intel.ts'
export {
  algorithmIdentifier,
  keyIdentifier,
  sha256Hex,
  signWith,
  type VendorKey,
  type VendorKeyKind,
  type VendorScheme,
  vendorKey,
} from './keys.ts'
export {
  type MadeNitroEnclave,
  type NitroCertificate,
  type NitroOptions,
  nitroEnclave,
  nitroPcrs,
} from './nitro.ts'
export { type MadeTlsServer, tlsServer } from './tls-server.ts'
export {
  type CertificateOptions,
  type CrlOptions,
  KEY_USAGES,
  type MadeExtension,
  type MadeX509,
  makeCertificate,
  makeCrl,
  makeName,
} from './x509-maker.ts'
