/** The project's own source files, found from its root. */
import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '..')

/** Absolute paths of every TypeScript file of the rooms, sorted. */
export function roomSources(root: string = ROOT): string[] {
  return globSync(['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts', 'packages/*/test/**/*.ts', 'apps/*/test/**/*.ts'], {
    cwd: root,
  })
    .map((path) => join(root, path))
    .toSorted()
}
