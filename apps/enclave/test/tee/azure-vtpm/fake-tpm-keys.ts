/** FAKE. Primary keys, policy sessions and HMACs of the fake TPM, which live as long as one descriptor. */
import { createHash, createHmac } from 'node:crypto'
import { concat, type StructureReader, u16, u32 } from '@perf-aggregator/attestation/bytes'
import { refuse, selectionOf, takeSelection } from './fake-tpm-bytes.ts'

interface State {
  readonly pcrs: readonly Uint8Array[]
  readonly counter: number
}

interface Made {
  readonly handle: number
  readonly parameters: Uint8Array
}

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHash('sha256')
      .update(concat(...parts))
      .digest(),
  )

export class FakeKeys {
  readonly #seed: string
  readonly #state: () => State
  readonly #keys = new Map<
    number,
    { readonly secret: Uint8Array; readonly policy: Uint8Array; readonly bits: number }
  >()
  readonly #sessions = new Map<number, { policy: Uint8Array; counter: number }>()

  constructor(seed: string, state: () => State) {
    this.#seed = seed
    this.#state = state
  }

  /** A keyed hash whose secret is of the owner's seed and the whole template, policy included (part 1, 27.2 "Primary"). */
  createPrimary([hierarchy]: readonly number[], reader: StructureReader): Made {
    if (hierarchy !== 0x4000_0001) return refuse(0x185)
    if (reader.u16be() !== 4 || reader.u16be() !== 0 || reader.u16be() !== 0) return refuse(0x1d5)
    const template = reader.take(reader.u16be()).slice()
    if (reader.u16be() !== 0 || reader.u32be() !== 0) return refuse(0x3d5)
    const area = new DataView(template.buffer)
    // Of type KEYEDHASH, name algorithm SHA-256, with a policy of 32 bytes, HMAC with SHA-256, and no name yet.
    const isKnown = template.length === 48 && area.getUint32(0) === 0x0008_000b && area.getUint16(8) === 32
    if (!isKnown || area.getUint32(42) !== 0x0005_000b || area.getUint16(46) !== 0) return refuse(0x2d2)
    const handle = 0x8000_0000 + this.#keys.size
    const secret = new Uint8Array(createHmac('sha256', this.#seed).update(template).digest())
    this.#keys.set(handle, { secret, policy: template.slice(10, 42), bits: area.getUint32(4) })
    const filled = concat(template.subarray(0, 46), u16(32), sha256(secret))
    const creation = new Uint8Array(60).fill(1)
    const parameters = concat(
      u16(filled.length),
      filled,
      u16(creation.length),
      creation,
      u16(32),
      sha256(creation),
      concat(u16(0x8021), u32(0x4000_0001), u16(32), new Uint8Array(32)),
      u16(34),
      u16(0x0b),
      sha256(filled),
    )
    return { handle, parameters }
  }

  startSession([key, bound]: readonly number[], reader: StructureReader): Made {
    if (key !== 0x4000_0007 || bound !== 0x4000_0007) return refuse(0x18b)
    if (reader.take(reader.u16be()).length < 16) return refuse(0x1d5)
    if (reader.u16be() !== 0 || reader.u8() !== 1 || reader.u16be() !== 0x10 || reader.u16be() !== 0x0b) {
      return refuse(0x3c4)
    }
    const handle = 0x0300_0000 + this.#sessions.size
    this.#sessions.set(handle, { policy: new Uint8Array(32), counter: 0 })
    return { handle, parameters: concat(u16(32), new Uint8Array(32).fill(5)) }
  }

  policyPcr([handle = 0]: readonly number[], reader: StructureReader): Uint8Array {
    const session = this.#sessions.get(handle) ?? refuse(0x18b)
    const given = reader.take(reader.u16be())
    const selected = takeSelection(reader)
    const { pcrs, counter } = this.#state()
    const digest = sha256(...selected.map((index) => pcrs[index]!))
    if (given.length > 0 && Buffer.compare(given, digest) !== 0) return refuse(0x1c4)
    session.policy = sha256(session.policy, u32(0x17f), selectionOf(selected), digest)
    session.counter = counter
    return new Uint8Array(0)
  }

  hmac([handle = 0]: readonly number[], reader: StructureReader, by: number): Uint8Array {
    const { secret } = this.#authorized(handle, by)
    const message = reader.take(reader.u16be())
    if (reader.u16be() !== 0x0b) return refuse(0x2c3)
    return concat(u16(32), new Uint8Array(createHmac('sha256', secret).update(message).digest()))
  }

  unseal([handle = 0]: readonly number[], by: number): Uint8Array {
    this.#authorized(handle, by)
    // A key that signs is nothing that was sealed: TPM_RC_ATTRIBUTES.
    return refuse(0x182)
  }

  #authorized(handle: number, by: number): { readonly secret: Uint8Array } {
    const key = this.#keys.get(handle) ?? refuse(0x18b)
    const session = this.#sessions.get(by)
    // userWithAuth lets the password, which is empty, take the place of the policy.
    if (!session && (key.bits & (1 << 6)) === 0) return refuse(0x12f)
    if (session && session.counter !== 0 && session.counter !== this.#state().counter) return refuse(0x128)
    if (session && Buffer.compare(session.policy, key.policy) !== 0) return refuse(0x99d)
    return key
  }
}
