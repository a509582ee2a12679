/** `npm run bench [-- name…]`: every benchmark of the rooms, one after another, each printing what it measured. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { basename, join } from 'node:path'
import { ROOT } from './sources.ts'

const wanted = process.argv.slice(2)
const files = globSync(['packages/*/bench/*.ts', 'apps/*/bench/*.ts'], { cwd: ROOT })
  .toSorted()
  .filter((file) => wanted.length === 0 || wanted.includes(basename(file, '.ts')))
if (files.length === 0) throw new Error(`no benchmark is called ${wanted.join(' or ')}`)
console.log(`Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}`)
for (const file of files) {
  console.log(`\n== ${file}`)
  const run = spawnSync(process.execPath, [join(ROOT, file)], { cwd: ROOT, stdio: 'inherit' })
  if (run.status !== 0) process.exitCode = 1
}
