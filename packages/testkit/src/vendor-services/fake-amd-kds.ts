/** FAKE. AMD's Key Distribution Service (AMD 57230, "KDS interface"), for one chip of the test vendor with one firmware. */
import type { AmdProduct, MadeMachine } from '../vendor-pki/amd.ts'
import { type FakeAnswer, type FakeService, fakeService } from './fake-service.ts'

export interface FakeKdsOptions {
  readonly machine: MadeMachine
  readonly product?: AmdProduct
  readonly kind?: 'vcek' | 'vlek'
  /** The one question about a key it has an answer to, from the product on: `Milan/0102…?blSPL=4&…`. */
  readonly vcek: string
  /** DER */
  readonly crl?: Uint8Array
}

const PEM_TYPE = { 'Content-Type': 'application/x-pem-file' }
const BYTES = { 'Content-Type': 'application/octet-stream' }

export function fakeAmdKds({
  machine,
  product = 'Milan',
  kind = 'vcek',
  vcek,
  crl,
}: FakeKdsOptions): Promise<FakeService> {
  const [leaf, intermediate, root] = machine.chain
  if (!leaf || !intermediate || !root) throw new RangeError('a machine without its chain')
  const answers = new Map<string, FakeAnswer>([
    [`/vcek/v1/${vcek}`, { status: 200, headers: BYTES, body: leaf }],
    [`/${kind}/v1/${product}/cert_chain`, { status: 200, headers: PEM_TYPE, body: pem(intermediate) + pem(root) }],
    [`/${kind}/v1/${product}/crl`, { status: 200, headers: BYTES, body: crl ?? machine.revoke([]) }],
  ])
  return fakeService(({ pathname, search }) => answers.get(`${pathname}${search}`) ?? null)
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
