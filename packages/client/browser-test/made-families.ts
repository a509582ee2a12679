/** What the page of the attestation test loads: the shipped verifier, and every family's appraiser, to be given roots of test vendors. */
export { appraisers } from '@perf-aggregator/attestation'
export { azureVtpmAppraiser } from '../../attestation/src/azure-vtpm/appraiser.ts'
export { nitroAppraiser } from '../../attestation/src/nitro/appraiser.ts'
export { sgxAppraiser } from '../../attestation/src/sgx/appraiser.ts'
export { snpAppraiser } from '../../attestation/src/snp/appraiser.ts'
export { tdxAppraiser } from '../../attestation/src/tdx/appraiser.ts'
export * from '../src/attestation.ts'
