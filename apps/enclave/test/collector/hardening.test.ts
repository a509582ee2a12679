import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHILD_FLAGS, refuseDebugging } from '../../src/collector/hardening.ts'
import { refusal } from '../refusal.ts'

test('the child starts with its own flags', () => {
  refuseDebugging(CHILD_FLAGS, undefined)
  refuseDebugging([...CHILD_FLAGS, '--max-old-space-size=512'], '  ')
})

test('options that only state a default are let pass', () => {
  refuseDebugging(['--inspect-port=0', '--heapsnapshot-near-heap-limit=0'], undefined)
})

test('it does not start with a flag that opens, dumps or preloads', () => {
  for (const flag of [
    '--inspect',
    '--inspect-brk=0.0.0.0:9229',
    '--inspect-wait',
    '--heapsnapshot-signal=SIGUSR2',
    '--heapsnapshot-near-heap-limit=3',
    '--heap-prof',
    '--cpu-prof',
    '--report-on-fatalerror',
    '--require=./x.js',
    '--import=./x.mjs',
    '--experimental-loader=./x.mjs',
    '--heap_prof',
    '-r',
    '--abort-on-uncaught-exception',
  ]) {
    assert.throws(() => refuseDebugging([flag], undefined), refusal('configuration'), flag)
    assert.throws(() => refuseDebugging([], `--max-old-space-size=1 ${flag}`), refusal('configuration'), flag)
  }
})
