import { COLLATERAL_FILES } from '@perf-aggregator/attestation/files'
import type { MadeCollateral, MadeCollateralName } from './intel.ts'

/** Collateral as files, by the names under which vendors' answers are saved. */
export function collateralFiles(collateral: MadeCollateral): ReadonlyMap<string, Uint8Array> {
  return new Map([...COLLATERAL_FILES].map(([file, kind]) => [file, collateral[kind as MadeCollateralName]]))
}
