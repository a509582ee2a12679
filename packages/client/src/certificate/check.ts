/** The steps of verifying a certificate, docs/protocol.md section 7, in the order in which a report lists them. */
export const CERTIFICATE_CHECKS = [
  'media_type',
  'format',
  'signature_ed25519',
  'signature_mldsa65',
  'signature_policy',
  'evidence',
  'binding',
  'result_keys',
  'measurement',
  'leaf',
  'inclusion',
  'checkpoint_origin',
  'checkpoint_ed25519',
  'checkpoint_mldsa44',
  'period',
] as const

export type CertificateCheckName = (typeof CERTIFICATE_CHECKS)[number]

/**
 * One step. `expected` and `found` are for people: no secret, and nothing of the file that is not hexadecimal, a number
 * or a word of ours, so that a hostile file cannot write on a reader's terminal.
 */
export type CertificateCheck =
  | {
      readonly name: CertificateCheckName
      readonly outcome: 'passed'
      readonly expected: string
      readonly found: string
    }
  | {
      readonly name: CertificateCheckName
      readonly outcome: 'failed'
      readonly code: string
      readonly expected: string
      readonly found: string
    }
  /** The caller chose not to check, and why. */
  | { readonly name: CertificateCheckName; readonly outcome: 'skipped'; readonly reason: string }
  /** Could not be looked at because `dependsOn` failed; a certificate with such a check is not verified. */
  | {
      readonly name: CertificateCheckName
      readonly outcome: 'not_checked'
      readonly dependsOn: CertificateCheckName
    }

/** Collects the outcome of every step; each is decided exactly once, and none can be forgotten. */
export class CheckList {
  readonly #checks = new Map<CertificateCheckName, CertificateCheck>()

  /** Returns `holds`, so that the caller can branch on it. */
  decide(name: CertificateCheckName, holds: boolean, code: string, expected: string, found: string): boolean {
    this.#record(
      holds ? { name, outcome: 'passed', expected, found } : { name, outcome: 'failed', code, expected, found },
    )
    return holds
  }

  pass(name: CertificateCheckName, expected: string, found: string): void {
    this.#record({ name, outcome: 'passed', expected, found })
  }

  fail(name: CertificateCheckName, code: string, expected: string, found: string): void {
    this.#record({ name, outcome: 'failed', code, expected, found })
  }

  skip(name: CertificateCheckName, reason: string): void {
    this.#record({ name, outcome: 'skipped', reason })
  }

  notChecked(dependsOn: CertificateCheckName, ...names: readonly CertificateCheckName[]): void {
    for (const name of names) this.#record({ name, outcome: 'not_checked', dependsOn })
  }

  /** Whatever is still undecided could not be looked at because `dependsOn` failed. */
  closeRest(dependsOn: CertificateCheckName): void {
    this.notChecked(dependsOn, ...CERTIFICATE_CHECKS.filter((name) => !this.#checks.has(name)))
  }

  /** Every step in order. */
  all(): readonly CertificateCheck[] {
    return CERTIFICATE_CHECKS.map((name) => {
      const check = this.#checks.get(name)
      if (check === undefined) throw new Error(`${name} was never decided`)
      return check
    })
  }

  #record(check: CertificateCheck): void {
    if (this.#checks.has(check.name)) throw new Error(`${check.name} was decided twice`)
    this.#checks.set(check.name, check)
  }
}
