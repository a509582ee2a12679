import { type Appraisers, appraisers } from './appraiser.ts'
import { azureVtpmAppraiser } from './azure-vtpm/appraiser.ts'
import { nitroAppraiser } from './nitro/appraiser.ts'
import { AMD_ROOTS, INTEL_ROOTS, NITRO_ROOTS } from './roots/index.ts'
import { sgxAppraiser } from './sgx/appraiser.ts'
import { snpAppraiser } from './snp/appraiser.ts'
import { tdxAppraiser } from './tdx/appraiser.ts'

const snp = snpAppraiser(AMD_ROOTS)
const tdx = tdxAppraiser(INTEL_ROOTS)

/**
 * The families production code believes. The simulator is not among them, and this module does not import it: a
 * program that accepts a simulator has to import and hand over its appraiser in so many words. Hardware families
 * (`snp`, `tdx`, `sgx`, `nitro`, …) join here.
 */
export const PRODUCTION_APPRAISERS: Appraisers = appraisers(
  nitroAppraiser(NITRO_ROOTS),
  sgxAppraiser(INTEL_ROOTS),
  tdx,
  snp,
  azureVtpmAppraiser({ snp, tdx }),
)
