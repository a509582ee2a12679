/**
 * A guard must be seen failing. Each canary is the house's own configuration with one planted fault; the guard named
 * must report it in the words expected, or `npm run check` fails.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GUARDS } from './guards.ts'
import { ROOT } from './sources.ts'

interface Canary {
  readonly guard: string
  readonly fault: string
  readonly path: string
  readonly source: string
  readonly expect: RegExp
}

const CANARIES: readonly Canary[] = [
  {
    guard: 'format',
    fault: 'bad formatting',
    path: 'apps/cli/src/a.ts',
    source: 'export const a = {b:1 };\n',
    expect: /a\.ts/,
  },
  {
    guard: 'lint',
    fault: 'a promise nobody waits for',
    path: 'apps/cli/src/a.ts',
    source: 'const later = async (): Promise<void> => {}\nexport function now(): void {\n  later()\n}\n',
    expect: /no-floating-promises/,
  },
  {
    guard: 'lint',
    fault: 'time read past the clock port',
    path: 'apps/enclave/src/a.ts',
    source: 'export const now = (): number => Date.now()\n',
    expect: /Clock port/,
  },
  {
    guard: 'lint',
    fault: 'a case forgotten',
    path: 'apps/cli/src/a.ts',
    source:
      "export function side(s: 'buy' | 'sell'): number {\n  switch (s) {\n    case 'buy':\n      return 1\n  }\n  return 0\n}\n",
    expect: /switch-exhaustiveness-check/,
  },
  {
    guard: 'types',
    fault: 'an unchecked index',
    path: 'apps/cli/src/a.ts',
    source: 'export const first = (list: readonly string[]): string => list[0]\n',
    expect: /TS2322/,
  },
  {
    guard: 'pure rooms',
    fault: 'ambient Node in a pure room',
    path: 'packages/performance/src/a.ts',
    source: 'export const home = process.cwd()\n',
    expect: /process/,
  },
  {
    guard: 'layers',
    fault: 'a pure room imports Node',
    path: 'packages/performance/src/a.ts',
    source: "import 'node:fs'\n",
    expect: /knows no Node/,
  },
  {
    guard: 'layers',
    fault: 'the enclave reaches the client',
    path: 'apps/enclave/src/a.ts',
    source: "export { SecureClient } from '@perf-aggregator/client'\n",
    expect: /not a room it may enter/,
  },
  {
    guard: 'layers',
    fault: 'a dependency without a reason',
    path: 'apps/enclave/src/a.ts',
    source: "export * from 'left-pad'\n",
    expect: /not a package it may use/,
  },
  {
    guard: 'layers',
    fault: 'the domain takes an adapter by itself',
    path: 'apps/enclave/src/log/a.ts',
    source: "export { openStore } from '../store/open.ts'\n",
    expect: /log\/a\.ts imports \.\.\/store\/open\.ts: log may not enter store/,
  },
  {
    guard: 'layers',
    fault: 'a part reaches for the wiring',
    path: 'apps/enclave/src/records/a.ts',
    source: "export { layFoundation } from '../wiring/foundation.ts'\n",
    expect: /records may not enter wiring/,
  },
  {
    guard: 'layers',
    fault: 'a folder of the enclave that nobody named',
    path: 'apps/enclave/src/helpers/a.ts',
    source: 'export const help = 1\n',
    expect: /no such folder/,
  },
  {
    guard: 'dead code',
    fault: 'an export nobody uses',
    path: 'packages/performance/src/unused.ts',
    source: 'export const unused = 1\n',
    expect: /unused\.ts/,
  },
  {
    guard: 'map',
    fault: 'a path that is not there',
    path: 'MAP.md',
    source: 'Booking: `packages/nowhere/src/lots.ts`\n',
    expect: /nowhere/,
  },
]

const CONFIGURATION = [
  '.gitignore',
  'package.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'biome.json',
  '.oxlintrc.json',
  'knip.json',
]

/** Plants each fault in a copy of the house's configuration; returns the guards that did not bite. */
export function silentGuards(): string[] {
  return CANARIES.flatMap((canary) => {
    const root = mkdtempSync(join(tmpdir(), 'canary-'))
    try {
      for (const file of CONFIGURATION) cpSync(join(ROOT, file), join(root, file))
      for (const room of ['attestation', 'protocol', 'contracts', 'performance']) {
        mkdirSync(join(root, 'packages', room, 'src'), { recursive: true })
        for (const file of ['tsconfig.json', 'package.json']) {
          cpSync(join(ROOT, 'packages', room, file), join(root, 'packages', room, file))
        }
        writeFileSync(join(root, 'packages', room, 'src/index.ts'), 'export const room = 1\n')
      }
      symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
      mkdirSync(dirname(join(root, canary.path)), { recursive: true })
      writeFileSync(join(root, canary.path), canary.source)
      const guard = GUARDS.find(({ name }) => name === canary.guard)
      const findings = guard?.inspect(root) ?? ''
      return canary.expect.test(findings)
        ? []
        : [`${canary.guard} did not notice ${canary.fault}: ${findings.slice(0, 400)}`]
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
}
