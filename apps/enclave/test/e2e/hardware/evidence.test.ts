/**
 * The whole way of evidence, per family: the hardware signs, the tool fetches from the vendor, the enclave reads the folder and answers
 * over HTTP, the client verifies. Then one thing is wrong, and the client refuses for exactly that.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { enclaveQuote } from '../../../../cli/src/attest/fetch/enclave-quote.ts'
import { fetchRound } from '../../../../cli/src/attest/fetch/round.ts'
import { type Alteration, FAMILIES, type Hardware, MAKERS } from './families.ts'
import { asking, attest, folder, type HardwareHouse, maker, NOW, openOn, RELEASE, refusal } from './house.ts'

const SIGNER_CHAINS = ['tcbInfoIssuerChain.pem', 'qeIdentityIssuerChain.pem']

interface QuoteJson {
  enclave_pubkey: string
  binding: Record<string, string | number>
}

/** A gateway that alters what the enclave answered. */
function altering(alter: (quote: QuoteJson) => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const quote = (await response.json()) as QuoteJson
    alter(quote)
    return Response.json(quote)
  }
}

/** A gateway that answers with the evidence it was given before. */
function replaying(): typeof fetch {
  let kept: string | null = null
  return async (input, init) => {
    kept ??= await (await fetch(input, init)).text()
    return new Response(kept, { headers: { 'content-type': 'application/json' } })
  }
}

/** What an operator sees of endorsements. */
async function readiness({ url }: Pick<HardwareHouse, 'url'>): Promise<unknown> {
  const response = await fetch(`${url}/readyz`)
  assert.equal(response.status, 200)
  return ((await response.json()) as { endorsements?: unknown }).endorsements
}

async function ownEnd({ told }: Pick<HardwareHouse, 'told'>): Promise<string | null> {
  const { notAfter } = await told
  return notAfter === null ? null : new Date(notAfter * 1000).toISOString()
}

for (const family of FAMILIES) {
  suite(family, () => {
    const make = (alteration?: Alteration): Hardware => MAKERS[family](NOW, alteration)

    test('fetched from the vendor, handed out by the enclave, accepted by the client', async (t) => {
      const hardware = make()
      const directory = await folder()
      const house = await openOn(t, hardware, directory)
      assert.deepEqual(await refusal(house, hardware), hardware.unendorsed)
      const { missing } = await house.told
      assert.ok(missing.length > 0)
      assert.deepEqual(await readiness(house), { state: 'incomplete', missing, not_after: await ownEnd(house) })

      const { service, mirrors } = await hardware.vendor()
      await using _ = service
      const tool = asking()
      const round = await fetchRound(
        await enclaveQuote(house.url),
        { out: directory, mirrors },
        tool,
        hardware.trust(RELEASE).appraisers,
      )
      assert.ok(round.judged.verdict.accepted, JSON.stringify([round.files, tool.said]))
      assert.ok(
        round.files.every(({ outcome }) => outcome === 'saved'),
        JSON.stringify(round.files),
      )

      await house.collected.look()
      const enclave = await attest(house, hardware)
      assert.equal(enclave.evidenceType, family)
      assert.deepEqual(enclave.binding.hpkeX25519, maker.binding.hpkeX25519)
      assert.deepEqual(house.collected.coverage()?.missing, [])
      // What the evidence carries itself may end sooner: a Nitro leaf lives for hours.
      const end = house.collected.coverage()?.validity?.notAfter ?? 0
      assert.ok(end > NOW && end >= (round.judged.verdict.validity?.notAfter ?? Number.POSITIVE_INFINITY))
      assert.deepEqual(house.refused, [])

      const again = await openOn(t, hardware, directory)
      await again.told
      const told = { state: 'complete', missing: [], not_after: new Date(end * 1000).toISOString() }
      assert.deepEqual(await readiness(again), told)
    })

    test('a nonce of somebody else, a key put in place of another: refused', async (t) => {
      const hardware = make()
      const house = await openOn(t, hardware, await folder(hardware.published))
      assert.deepEqual(await refusal(house, hardware), [])
      const fetch = replaying()
      assert.deepEqual(await refusal(house, hardware, { fetch }), [])
      assert.deepEqual(await refusal(house, hardware, { fetch }), ['nonce_mismatch'])
      const other = Buffer.alloc(32, 7).toString('base64')
      const swapped = altering((quote) => {
        quote.binding['hpke_x25519'] = other
        quote.enclave_pubkey = other
      })
      assert.deepEqual(await refusal(house, hardware, { fetch: swapped }), ['report_data_mismatch'])
      const signer = altering((quote) => {
        quote.binding['sign_ed25519'] = other
      })
      assert.deepEqual(await refusal(house, hardware, { fetch: signer }), ['report_data_mismatch'])
    })

    const wrong: readonly (readonly [string, Alteration, (hardware: Hardware) => readonly string[]])[] = [
      ['a revoked key', { isRevoked: true }, () => ['x509_revoked']],
      ['endorsements that ended', { isExpired: true }, ({ expired }) => expired],
      ['another image', { isOther: true }, () => ['measurement_unknown']],
      ['debug mode', { isDebug: true }, () => ['debug_enabled']],
    ]
    for (const [what, alteration, codes] of wrong) {
      test(`${what}: refused for that alone`, async (t) => {
        const hardware = make(alteration)
        const house = await openOn(t, hardware, await folder(hardware.published))
        assert.deepEqual(await refusal(house, hardware), codes(hardware))
        assert.deepEqual(house.refused, [])
      })
    }

    test('each published piece is needed, and its absence is known to the operator by its kind', async (t) => {
      const hardware = make()
      for (const name of hardware.published.keys()) {
        if (name === 'pckCrlIssuerChain.pem') continue
        // One certificate of Intel's signs both documents, so that either chain does for the other.
        const isGone = (other: string): boolean =>
          SIGNER_CHAINS.includes(name) ? SIGNER_CHAINS.includes(other) : other === name
        const without = new Map([...hardware.published].filter(([other]) => !isGone(other)))
        const house = await openOn(t, hardware, await folder(without))
        const failures = await refusal(house, hardware)
        assert.ok(
          failures.some((code) => hardware.unendorsed.includes(code)),
          `${name}: ${failures.join()}`,
        )
        assert.notDeepEqual(house.collected.coverage()?.missing, [], name)
      }
    })
  })
}
