/**
 * Hardware evidence in headless Chromium: from a bundle file, without a network, the same verdict as in Node, check by check.
 * Evidence of test vendors with their own roots, and where the corpus is, genuine evidence with the roots of production.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { formatBundle, type HardwareFamily, type Verdict } from '@perf-aggregator/attestation'
import { type Browser, chromium, type Page } from 'playwright-core'
import { ATTESTATION_ENTRY, bundleForBrowsers } from '../../../tools/build-client.ts'
import { genuineBundles } from './genuine-bundles.ts'
import { madeBundles } from './made-bundles.ts'
import * as made from './made-families.ts'

const NOW = 1_790_000_000
const ORIGIN = 'http://localhost'
const CORPUS = resolve(import.meta.dirname, '../../..', process.env['CORPUS_DIR'] ?? '../shared/corpus', 'attestation')
const FILES: ReadonlyMap<string, string> = new Map([
  ['/', '<!doctype html><title>attestation</title><link rel=icon href=data:,>'],
  ['/verify.mjs', Buffer.from(await bundleForBrowsers(ATTESTATION_ENTRY)).toString('utf8')],
  ['/made.mjs', Buffer.from(await bundleForBrowsers(join(import.meta.dirname, 'made-families.ts'))).toString('utf8')],
])

/** Everything the page asked for. Nothing leaves the process: what is not in {@link FILES} is refused. */
const asked: string[] = []
let browser: Browser
let page: Page

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  page = await browser.newPage()
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url())
    asked.push(pathname)
    const body = FILES.get(pathname)
    if (body === undefined) return route.abort()
    return route.fulfill({ body, contentType: pathname === '/' ? 'text/html' : 'text/javascript' })
  })
  await page.goto(ORIGIN)
  for (const module of ['/verify.mjs', '/made.mjs']) await page.evaluate(`import('${module}').then(() => true)`)
  await page.context().setOffline(true)
})

after(async () => {
  await browser.close()
})

/** Bytes and large integers in hexadecimal, so that a verdict is the same text wherever it was reached. Runs here and in the page. */
function portable(verdict: Verdict): string {
  return JSON.stringify(verdict, (_, value: unknown) => {
    if (typeof value === 'bigint') return `0x${value.toString(16)}`
    return value instanceof Uint8Array
      ? Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')
      : value
  })
}

/** Runs `body` in the page with `client` (one of the modules), and `bundle`, `policy`, `argument`. */
async function inPage(module: string, file: Uint8Array, argument: object, body: string): Promise<string> {
  return page.evaluate<string>(`(async () => {
    const client = await import('${module}')
    const portable = ${portable.toString()}
    const argument = ${JSON.stringify(argument)}
    const { evidence, endorsements, collectedAt } = client.parseBundle(new TextEncoder().encode(${JSON.stringify(Buffer.from(file).toString('utf8'))}))
    ${body}
  })()`)
}

const FAMILIES_IN_PAGE = `
  const snp = client.snpAppraiser(argument.roots), tdx = client.tdxAppraiser(argument.roots)
  const families = client.appraisers({
    nitro: () => client.nitroAppraiser(argument.roots), sgx: () => client.sgxAppraiser(argument.roots), tdx: () => tdx, snp: () => snp,
    'azure-vtpm': () => client.azureVtpmAppraiser({ snp, tdx }),
  }[evidence.type]())
  return portable(await client.verify(evidence, endorsements, client.hardwareOnlyPolicy(evidence.type), collectedAt, client.mathematics, families))`

function familyHere(type: HardwareFamily, roots: unknown): ReturnType<typeof made.appraisers> {
  const [snp, tdx] = [made.snpAppraiser(roots as never), made.tdxAppraiser(roots as never)]
  switch (type) {
    case 'nitro':
      return made.appraisers(made.nitroAppraiser(roots as readonly string[]))
    case 'sgx':
      return made.appraisers(made.sgxAppraiser(roots as readonly string[]))
    case 'tdx':
      return made.appraisers(tdx)
    case 'snp':
      return made.appraisers(snp)
    case 'azure-vtpm':
      return made.appraisers(made.azureVtpmAppraiser({ snp, tdx }))
  }
}

for (const [type, { roots, ...bundle }] of Object.entries(madeBundles(NOW)) as [
  HardwareFamily,
  ReturnType<typeof madeBundles>[HardwareFamily],
][]) {
  test(`${type} of a test vendor: accepted with its root, refused without, and altered; as in Node`, async () => {
    const altered = bundle.evidence.quote.with(100, (bundle.evidence.quote[100] ?? 0) ^ 1)
    const cases = [
      [bundle, true],
      [{ ...bundle, evidence: { ...bundle.evidence, quote: altered } }, false],
      [{ ...bundle, endorsements: bundle.endorsements.slice(1) }, false],
    ] as const
    for (const [one, isAccepted] of cases) {
      const { evidence, endorsements, collectedAt } = one
      const policy = made.hardwareOnlyPolicy(type)
      const here = await made.verify(
        evidence,
        endorsements,
        policy,
        collectedAt,
        made.mathematics,
        familyHere(type, roots),
      )
      assert.equal(here.accepted, isAccepted)
      assert.equal(await inPage('/made.mjs', formatBundle(one), { roots }, FAMILIES_IN_PAGE), portable(here))
    }
    const production = JSON.parse(await inProduction(formatBundle(bundle), type)) as Verdict
    assert.ok(!production.accepted && production.failures.includes('root_untrusted'))
  })
}

/** Revocation lists of these samples' days were not kept: of all families that look at lists of their own. */
const ARCHIVE = { revocation: { skip: 'an archive without revocation lists' } } as const

function inProduction(file: Uint8Array, type: string): Promise<string> {
  return inPage(
    '/verify.mjs',
    file,
    { type, options: type === 'sgx' || type === 'tdx' ? {} : ARCHIVE },
    'return portable(await client.verify(evidence, endorsements, client.hardwareOnlyPolicy(argument.type, argument.options), collectedAt, client.mathematics))',
  )
}

test('genuine evidence, and what was derived from it: every check as in Node', {
  skip: !existsSync(CORPUS),
}, async (t) => {
  let accepted = 0
  const bundles = genuineBundles(CORPUS)
  for (const bundle of bundles) {
    const { evidence, endorsements, collectedAt, name } = bundle
    const type = evidence.type as HardwareFamily
    const policy = made.hardwareOnlyPolicy(type, type === 'sgx' || type === 'tdx' ? {} : ARCHIVE)
    const here = await made.verify(evidence, endorsements, policy, collectedAt, made.mathematics)
    assert.equal(await inProduction(formatBundle(bundle), type), portable(here), name)
    assert.ok(!here.accepted || !/negative|DEBUG|NO-TCB/.test(name), name)
    if (here.accepted) accepted += 1
  }
  t.diagnostic(`${bundles.length} bundles, ${accepted} accepted, the others refused for the same reasons`)
  assert.ok(accepted > 0)
})

test('the page asked for itself and the two modules, and nothing else', () => {
  assert.deepEqual([...new Set(asked)].toSorted(), ['/', '/made.mjs', '/verify.mjs'])
})
