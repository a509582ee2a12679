/** An enclave on a machine of {@link Hardware}, as far as its evidence goes: the real driver, the real folder, the real route. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import type { VerifiedEnclave } from '@perf-aggregator/attestation'
import { EnclaveConnection } from '@perf-aggregator/client'
import { encodeHex } from '@perf-aggregator/protocol'
import { certificateMaker } from '@perf-aggregator/testkit'
import type { Asking } from '../../../../cli/src/attest/fetch/ask.ts'
import { EnclaveAttestation } from '../../../src/attestation/identity.ts'
import { CollectedEndorsements } from '../../../src/endorsements/collected.ts'
import { EndorsedAttester } from '../../../src/endorsements/endorsed-attester.ts'
import { endorsementFolder } from '../../../src/endorsements/folder.ts'
import { type EndorsementReport, watchEndorsements } from '../../../src/endorsements/watch.ts'
import { createHealth } from '../../../src/health/readiness.ts'
import { selectTee } from '../../../src/tee/select.ts'
import { start } from '../../http/harness.ts'
import { random } from '../../random.ts'
import type { Hardware } from './families.ts'

/** Its keys are the enclave's, so that certificates it makes fit the evidence. */
export const maker = certificateMaker()
export const NOW = maker.issuedAt
export const RELEASE = encodeHex(maker.binding.release)
export const clock = { now: () => NOW * 1000, sleep: async () => undefined }

/** Folders of this file's tests, gone with them. */
export async function folder(files: ReadonlyMap<string, Uint8Array> = new Map()): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'hardware-'))
  after(() => rm(directory, { recursive: true, force: true }))
  for (const [name, bytes] of files) await writeFile(join(directory, name), bytes)
  return directory
}

export interface HardwareHouse {
  readonly url: string
  readonly attestation: EnclaveAttestation
  readonly collected: CollectedEndorsements
  /** Codes of what was left out of the folder. */
  readonly refused: readonly string[]
  /** What the operator is told first. */
  readonly told: Promise<EndorsementReport>
}

export async function openOn(
  t: Pick<TestContext, 'after'>,
  hardware: Hardware,
  directory: string,
): Promise<HardwareHouse> {
  const { binding } = maker
  const surroundings = { dataDirectory: await folder(), release: binding.release, clock, random, kms: null }
  const tee = await selectTee(hardware.family, surroundings, hardware.machine)
  const refused: string[] = []
  const collected = new CollectedEndorsements(endorsementFolder(directory), {
    refused: (code) => void refused.push(code),
    changed: () => undefined,
  })
  await collected.look()
  const failed = (error: unknown): never => {
    throw error
  }
  const { signEd25519, signMlDsa65, tlsKeySha256, release, logOrigin } = binding
  const attestation = new EnclaveAttestation({
    attester: new EndorsedAttester(tee.attester, collected, failed),
    clock,
    identity: { signEd25519, signMlDsa65, tlsKeySha256, release, logOrigin },
  })
  attestation.useKeys(binding, binding.keyEpoch)
  const told = Promise.withResolvers<EndorsementReport>()
  const watch = watchEndorsements({
    collected,
    clock,
    prompt: async () => await attestation.quote(random.bytes(32)),
    tell: told.resolve,
    failed: told.reject,
  })
  t.after(() => watch.stop())
  const health = createHealth({}, () => watch.report())
  const { server } = await start(t, () => ({ attestation, health }))
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, attestation, collected, refused, told: told.promise }
}

/** A client that trusts the vendor of `hardware`, and asks for evidence over a nonce of its own. */
export async function attest(
  { url }: Pick<HardwareHouse, 'url'>,
  hardware: Hardware,
  options: { readonly fetch?: typeof fetch } = {},
): Promise<VerifiedEnclave> {
  const trust = hardware.trust(RELEASE)
  const connection = new EnclaveConnection({ enclaveUrl: url, hardware: trust, clock, ...options })
  return await connection.attest()
}

/** Codes with which such a client refuses; none where it accepts. */
export async function refusal(...given: Parameters<typeof attest>): Promise<readonly string[]> {
  try {
    await attest(...given)
    return []
  } catch (error) {
    if (error instanceof Error && 'failures' in error) return error.failures as readonly string[]
    throw error
  }
}

/** The fetching tool of these tests: a clock that stands still, and what it said. */
export function asking(): Asking & { readonly said: string[] } {
  const said: string[] = []
  return { fetch: (input, init) => fetch(input, init), clock, tell: (line) => void said.push(line), said }
}
