/** What somebody outside can hold a house to: the log it shows, the certificates it gave out. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type IssuedCertificate, verifyCertificate } from '@perf-aggregator/client'
import { type AuditedLog, type AuditTrust, auditCheckpoint, auditLog, auditProof } from '@perf-aggregator/testkit'
import type { House } from './house.ts'

interface CertificateFile {
  readonly statement: { readonly payload: string }
  readonly tlogProof: string
}

/** Remembers every checkpoint and certificate it ever saw; {@link visit} holds the log to all of them. */
export class Outsider {
  readonly #checkpoints = new Set<string>()
  readonly #certificates: IssuedCertificate[] = []
  #trust: AuditTrust | null = null

  /** Certificates seen, in the order in which they came. */
  get certificates(): readonly IssuedCertificate[] {
    return this.#certificates
  }

  keep(issued: IssuedCertificate): void {
    this.#certificates.push(issued)
    this.#trust ??= trustOf(issued)
  }

  /** The newest checkpoint, kept for later. */
  async look(house: Pick<House, 'url'>): Promise<void> {
    const response = await fetch(`${house.url}/log/checkpoint`)
    if (response.ok) this.#checkpoints.add(await response.text())
  }

  /** Reads the whole log with code of its own; each checkpoint and certificate ever seen must be in it. */
  async visit(house: Pick<House, 'url' | 'release'>): Promise<AuditedLog> {
    assert.ok(this.#trust, 'no certificate was seen')
    const trust = this.#trust
    const log = await auditLog(async (path) => {
      const response = await fetch(`${house.url}/log/${path}`)
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : null
    }, trust)
    for (const note of this.#checkpoints) {
      const { size, root } = auditCheckpoint(note, trust)
      assert.ok(size <= log.size, 'the log is shorter than a checkpoint it gave out')
      assert.ok(log.tree.root(0, size).equals(root), 'the log is not the one of an earlier checkpoint')
    }
    const places = new Set<number>()
    for (const { file } of this.#certificates) {
      await verifyCertificate(file, { allowSimulator: true, measurements: [house.release] })
      const { statement, tlogProof } = JSON.parse(file) as CertificateFile
      const digest = createHash('sha256').update(statement.payload).digest('base64')
      places.add(auditProof(tlogProof, Buffer.from(`perf-cert/v1\n${digest}\n`), log, trust))
    }
    assert.equal(places.size, this.#certificates.length, 'each certificate has an entry of its own')
    return log
  }
}

/** Verifier keys are `name+id+base64(type ‖ key)` (C2SP signed-note). */
function trustOf({ certificate }: IssuedCertificate): AuditTrust {
  const { origin, vkeys } = certificate.claims.log
  const key = (at: number): Buffer => {
    const [, , encoded = ''] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(vkeys[at] ?? '') ?? []
    return Buffer.from(encoded, 'base64').subarray(1)
  }
  return { origin, ed25519: key(0), mlDsa44: key(1) }
}
