/**
 * The guards of `npm run check`, each a function from a folder to its findings: the same functions look at the house
 * and at the canaries, so a guard that no longer bites is noticed.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { brokenLayers } from './layers.ts'
import { untrueMap } from './map.ts'
import { ROOT, roomSources } from './sources.ts'

export interface Guard {
  readonly name: string
  /** Findings as text; empty when the guard is content. */
  readonly inspect: (root: string) => string
}

const tool = (name: string, ...args: string[]): ((root: string) => string) => {
  return (root) => {
    const run = spawnSync(join(ROOT, 'node_modules/.bin', name), args, { cwd: root, encoding: 'utf8' })
    return run.status === 0 ? '' : `${run.stdout}${run.stderr}` || `${name} ended with ${run.status}`
  }
}

const PURE = ['attestation', 'protocol', 'contracts', 'performance']

export const GUARDS: readonly Guard[] = [
  { name: 'format', inspect: tool('biome', 'check', '.') },
  { name: 'lint', inspect: tool('oxlint', '--type-aware', '--deny-warnings') },
  { name: 'types', inspect: tool('tsc', '-p', 'tsconfig.json') },
  {
    name: 'pure rooms',
    inspect: (root) => PURE.map((room) => tool('tsc', '-p', join('packages', room))(root)).join(''),
  },
  { name: 'layers', inspect: (root) => brokenLayers(root, roomSources(root)).join('\n') },
  { name: 'dead code', inspect: tool('knip', '--no-progress', '--no-config-hints') },
  { name: 'map', inspect: (root) => untrueMap(root).join('\n') },
]
