import { type Appraisers, appraisers } from './appraiser.ts'
import { AMD_ROOTS, INTEL_ROOTS } from './roots/index.ts'
import { sgxAppraiser } from './sgx/appraiser.ts'
import { snpAppraiser } from './snp/appraiser.ts'
import { tdxAppraiser } from './tdx/appraiser.ts'

/**
 * The families production code believes. The simulator is not among them, and this module does not import it: a
 * program that accepts a simulator has to import and hand over its appraiser in so many words. Hardware families
 * (`snp`, `tdx`, `sgx`, `nitro`, …) join here.
 */
export const PRODUCTION_APPRAISERS: Appraisers = appraisers(
  sgxAppraiser(INTEL_ROOTS),
  tdxAppraiser(INTEL_ROOTS),
  snpAppraiser(AMD_ROOTS),
)
