/** The TEE's word for this enclave, for clients and for certificates, with the endorsements that the host collected. */
import type { StatementSigner } from '@perf-aggregator/protocol'
import { EnclaveAttestation } from '../attestation/identity.ts'
import { CertificateEvidence } from '../certificates/evidence.ts'
import type { Configuration } from '../configuration.ts'
import { CollectedEndorsements } from '../endorsements/collected.ts'
import { EndorsedAttester } from '../endorsements/endorsed-attester.ts'
import { endorsementFolder } from '../endorsements/folder.ts'
import { tellEndorsements } from '../endorsements/tell.ts'
import { type EndorsementWatch, lookPatiently, watchEndorsements } from '../endorsements/watch.ts'
import type { Tools } from './tools.ts'
import type { Trust } from './trust.ts'

export interface EvidenceParts {
  readonly attestation: EnclaveAttestation
  readonly evidence: CertificateEvidence
  /** Starts looking after the endorsements; a simulator has none. */
  readonly beginWatch: () => EndorsementWatch | null
}

/** Attests to no keys yet: these are the collector's, and come with their epoch. */
export async function openEvidence(
  { logOrigin, endorsementsDirectory }: Configuration,
  { tee, release }: Trust,
  signer: StatementSigner,
  { clock, random, logger }: Tools,
): Promise<EvidenceParts> {
  const endorsements = tellEndorsements(logger)
  const collected = new CollectedEndorsements(
    endorsementsDirectory === null ? null : endorsementFolder(endorsementsDirectory),
    {
      refused: endorsements.refused,
      changed: (files) => {
        endorsements.changed(files)
        // Certificates carry evidence with what verifies it: the next one is to carry what is there now.
        evidence.renew()
      },
    },
  )
  const attestation = new EnclaveAttestation({
    // A simulator's evidence holds its own root and is verified by nothing else.
    attester: tee.simulated ? tee.attester : new EndorsedAttester(tee.attester, collected, endorsements.failed),
    clock,
    identity: {
      signEd25519: signer.publicKeys.ed25519,
      signMlDsa65: signer.publicKeys.mlDsa65,
      tlsKeySha256: new Uint8Array(0),
      release,
      logOrigin,
    },
  })
  const evidence = new CertificateEvidence(attestation, clock, random)
  if (!tee.simulated) await lookPatiently(collected)
  const beginWatch = (): EndorsementWatch | null =>
    tee.simulated
      ? null
      : watchEndorsements({
          collected,
          clock,
          prompt: async () => await evidence.current(),
          tell: endorsements.tell,
          failed: endorsements.failed,
        })
  return { attestation, evidence, beginWatch }
}
