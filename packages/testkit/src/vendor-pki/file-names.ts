import type { MadeCollateral, MadeCollateralName } from './intel.ts'

/** The names under which vendors' answers about collateral are saved. */
const NAMES: Readonly<Record<MadeCollateralName, string>> = {
  'tcb-info': 'tcbInfo.json',
  'tcb-info-issuer-chain': 'tcbInfoIssuerChain.pem',
  'qe-identity': 'qeIdentity.json',
  'qe-identity-issuer-chain': 'qeIdentityIssuerChain.pem',
  'pck-crl': 'pckCrl.der',
  'pck-crl-issuer-chain': 'pckCrlIssuerChain.pem',
  'root-ca-crl': 'rootCaCrl.der',
}

/** Collateral as files, by name. */
export function collateralFiles(collateral: MadeCollateral): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(collateral).map(([name, bytes]) => [NAMES[name as MadeCollateralName], bytes]))
}
