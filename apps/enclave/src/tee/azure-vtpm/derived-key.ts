/**
 * A key the vTPM derives for what booted this VM: the HMAC of a name under a primary key (TCG TPM 2.0 Library part 3, 24.1) that the
 * TPM makes from its owner's seed and from a template with a policy in it, of the PCRs as they are now (part 3, 23.7). Another system
 * can have the TPM make the same key and not use it, for its PCRs are others; one with another policy is another key.
 */
import { concat, equalBytes, isZero, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { EnclaveError } from '../../errors.ts'
import type { Random } from '../../ports/random.ts'
import { deviceBuffer } from '../ioctl.ts'
import { PASSWORD, sized, strictly, takeSized } from './message.ts'
import { pcrSelection, readPcrs, sha256 } from './pcrs.ts'
import { OWNER, SHA256, Tpm, type TpmMachine } from './tpm.ts'

/**
 * PCRs of code: firmware and its drivers, boot loader, secure boot, GRUB's files, unified kernel image with its command line and
 * extensions, shim. Left out: settings and partitions (1, 3, 5, 6), IMA (10), what systemd adds per machine (15), and those a system
 * resets as it likes (16 and up).
 */
const SEALING_PCRS = [0, 2, 4, 7, 8, 9, 11, 12, 13, 14] as const
/** Zero where the firmware measured nothing */
const OF_FIRMWARE = SEALING_PCRS.slice(0, 4)

const LABEL = Buffer.from('perf-aggregator/azure-vtpm-seal/v1\n')
const KEY = 32
const NONCE = 32
const ATTEMPTS = 5

/** `TPM_RH_NULL`, `TPM_ALG_KEYEDHASH`, `TPM_ALG_HMAC`, `TPM_ALG_NULL`, `TPM_SE_POLICY`, `TPM_CC_PolicyPCR` */
const NO_HANDLE = 0x4000_0007
const KEYEDHASH = 0x0008
const HMAC = 0x0005
const NO_ALGORITHM = 0x0010
const POLICY = 0x01
const POLICY_PCR = 0x17f

/**
 * `TPMA_OBJECT` (part 2, 8.3): fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, noDA, sign. Without userWithAuth only the
 * policy opens it.
 */
const ATTRIBUTES = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 10) | (1 << 18)

/** 32 bytes, which the caller wipes: the same for the same PCRs of the same vTPM. Rejects `tee_unavailable`. */
export async function deriveKey(machine: TpmMachine, random: Random): Promise<Uint8Array<ArrayBuffer>> {
  // Key and session are the descriptor's: they go when it is closed.
  return await Tpm.use(machine, async (tpm) => {
    const digest = await measuredDigest(tpm)
    const selection = pcrSelection(SEALING_PCRS)
    const policy = sha256(new Uint8Array(KEY), u32(POLICY_PCR), selection, digest)
    const key = await createPrimary(tpm, policy)
    const session = await startPolicySession(tpm, random)
    await requirePcrs(tpm, session, concat(sized(digest), selection))
    return await hmac(tpm, key, session)
  })
}

/** SHA-256 of the PCRs that a key is for. */
async function measuredDigest(tpm: Tpm): Promise<Uint8Array> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const values = await readPcrs(tpm, SEALING_PCRS)
    if (values === null) continue
    // Any system in this VM would be given the same key.
    if (values.slice(0, OF_FIRMWARE.length).every(isZero)) {
      throw new EnclaveError('tee_unavailable', 'nothing was measured into the TPM when this VM started')
    }
    return sha256(...values)
  }
  throw new EnclaveError('tee_unavailable', `PCRs of the TPM changed ${ATTEMPTS} times while they were read`)
}

async function createPrimary(tpm: Tpm, policy: Uint8Array): Promise<number> {
  const empty = sized(new Uint8Array(0))
  const template = concat(u16(KEYEDHASH), u16(SHA256), u32(ATTRIBUTES), sized(policy), u16(HMAC), u16(SHA256), empty)
  const command = {
    name: 'TPM2_CreatePrimary',
    code: 0x131,
    handles: [OWNER],
    authorization: PASSWORD,
    parameters: concat(sized(concat(empty, empty)), sized(template), empty, u32(0)),
    answersHandle: true,
  }
  const { handle, parameters } = await tpm.run(command)
  strictly(command.name, parameters, (reader) => {
    const made = takeSized(reader, 512)
    // All but its name, which the TPM fills in: a key under another policy would be for anybody.
    const asked = template.subarray(0, -empty.length)
    if (!equalBytes(made.subarray(0, asked.length), asked)) throw new TypeError('another key')
    // Creation data, its hash, a ticket for it, and the name of the key.
    takeSized(reader, 512)
    takeSized(reader, 64)
    reader.take(2 + 4)
    takeSized(reader, 64)
    takeSized(reader, 66)
  })
  return handle
}

async function startPolicySession(tpm: Tpm, random: Random): Promise<number> {
  const command = {
    name: 'TPM2_StartAuthSession',
    code: 0x176,
    handles: [NO_HANDLE, NO_HANDLE],
    parameters: concat(
      sized(random.bytes(NONCE)),
      sized(new Uint8Array(0)),
      Uint8Array.of(POLICY),
      u16(NO_ALGORITHM),
      u16(SHA256),
    ),
    answersHandle: true,
  }
  const { handle, parameters } = await tpm.run(command)
  strictly(command.name, parameters, (reader) => takeSized(reader, 64))
  return handle
}

async function requirePcrs(tpm: Tpm, session: number, parameters: Uint8Array): Promise<void> {
  const command = { name: 'TPM2_PolicyPCR', code: POLICY_PCR, handles: [session], parameters }
  const { parameters: nothing } = await tpm.run(command)
  strictly(command.name, nothing, () => undefined)
}

async function hmac(tpm: Tpm, key: number, session: number): Promise<Uint8Array<ArrayBuffer>> {
  const command = {
    name: 'TPM2_HMAC',
    code: 0x155,
    handles: [key],
    authorization: session,
    parameters: concat(sized(LABEL), u16(SHA256)),
  }
  const { parameters } = await tpm.run(command)
  try {
    const code = strictly(command.name, parameters, (reader) => {
      if (reader.u16be() !== KEY) throw new TypeError('no HMAC of SHA-256')
      return reader.take(KEY)
    })
    const secret = deviceBuffer(KEY)
    secret.set(code)
    return secret
  } finally {
    parameters.fill(0)
  }
}
