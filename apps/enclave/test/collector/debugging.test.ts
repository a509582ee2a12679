import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refuseDebugging } from '../../src/collector/hardening.ts'

const REFUSED = [
  '--inspect',
  '--inspect=0.0.0.0:9229',
  '--inspect-brk',
  '--inspect_wait',
  '--heapsnapshot-signal=SIGUSR2',
  '--heapsnapshot-near-heap-limit=3',
  '--heap-prof',
  '--cpu-prof',
  '--report-on-fatalerror',
  '--report-on-signal',
  '--report-uncaught-exception',
  '--abort-on-uncaught-exception',
  '-r',
  '--require=./first.js',
  '--import=./first.js',
  '--experimental-loader=./first.js',
]

test('an option that opens, dumps or precedes the process is refused, wherever it is given', () => {
  for (const flag of REFUSED) {
    assert.throws(() => refuseDebugging(['--disable-sigusr1', flag], undefined), { code: 'configuration' }, flag)
    assert.throws(() => refuseDebugging([], `--max-old-space-size=512  ${flag}`), { code: 'configuration' }, flag)
  }
  assert.throws(() => refuseDebugging([], '"--require" ./first.js'), { code: 'configuration' })
})

test('every such option is one that Node knows: a name misspelt here would refuse nothing', () => {
  for (const flag of REFUSED) {
    const name = flag.replace(/=.*/, '').replaceAll('_', '-')
    assert.ok(process.allowedNodeEnvironmentFlags.has(name), name)
  }
})

test('what the test runner and an operator usually give is accepted', () => {
  refuseDebugging(['--inspect-port=127.0.0.1:9229', '--report-signal=SIGUSR2', '--heapsnapshot-near-heap-limit=0'], '')
  refuseDebugging(['--disable-sigusr1', '--expose-gc'], '--max-old-space-size=512')
  refuseDebugging(process.execArgv, process.env['NODE_OPTIONS'])
})
