/** `npm run check`: every guard on the house, then every guard on its canary. */
import { silentGuards } from './canaries.ts'
import { GUARDS } from './guards.ts'
import { ROOT } from './sources.ts'
import { readCommandLine } from './usage.ts'

const USAGE = `Usage: npm run check

Every guard on the house (${GUARDS.map(({ name }) => name).join(', ')}), and every guard on a planted
fault that it must find. A minute and more.

Exit codes: 0 nothing found, 1 something found or a guard that no longer bites, 2 called wrongly.

Examples:
  $ npm run check
  $ npm run format && npm run check`

readCommandLine({ text: USAGE, takesNames: false }, {})

let failed = false
for (const guard of GUARDS) {
  const started = performance.now()
  const findings = guard.inspect(ROOT).trim()
  const took = `${((performance.now() - started) / 1000).toFixed(1)} s`
  console.log(`${findings === '' ? 'ok  ' : 'FAIL'} ${guard.name.padEnd(12)} ${took}`)
  if (findings !== '') {
    failed = true
    console.log(findings)
  }
}
const silent = silentGuards()
console.log(
  silent.length === 0
    ? 'ok   canaries     every guard was seen failing on a planted fault'
    : 'FAIL canaries     a guard did not notice a planted fault',
)
for (const sentence of silent) console.log(sentence)
process.exitCode = failed || silent.length > 0 ? 1 : 0
