/**
 * The attestation verifier alone, for pages that verify an evidence bundle and nothing else: `dist/attestation`. The families it
 * believes by itself are those of production, which know no simulator.
 */
export {
  type EvidenceBundle,
  hardwareOnlyPolicy,
  type Mathematics,
  type Policy,
  PRODUCTION_APPRAISERS,
  parseBundle,
  type Verdict,
  verify,
} from '@perf-aggregator/attestation'
export { mathematics } from '#mathematics'
