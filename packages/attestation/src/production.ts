import { type Appraisers, appraisers } from './appraiser.ts'
import { AMD_ROOTS } from './roots/index.ts'
import { snpAppraiser } from './snp/appraiser.ts'

/**
 * The families production code believes. The simulator is not among them, and this module does not import it: a
 * program that accepts a simulator has to import and hand over its appraiser in so many words. Hardware families
 * (`snp`, `tdx`, `sgx`, `nitro`, …) join here.
 */
export const PRODUCTION_APPRAISERS: Appraisers = appraisers(snpAppraiser(AMD_ROOTS))
