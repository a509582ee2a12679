import assert from 'node:assert/strict'
import { test } from 'node:test'
import { derivedKey } from '../../../src/tee/sev-guest/derived-key.ts'
import { ERRNO, fakeIoctl } from '../fake-kernel.ts'
import { type FakeSevGuestOptions, fakeSevGuest } from './fake-sev-guest.ts'

function key(options?: FakeSevGuestOptions): Uint8Array {
  return derivedKey({ descriptor: 3, ioctl: fakeIoctl(fakeSevGuest(options)), close: () => undefined })
}

test('the same image gets the same key, another image another', () => {
  assert.equal(key().length, 32)
  assert.deepEqual(key(), key())
  assert.notDeepEqual(key(), key({ image: 'another' }))
})

for (const [what, options] of [
  ['an error of the kernel', { errno: ERRNO.EIO }],
  ['an error of the hypervisor', { error: 1n << 32n }],
  ['an error of the firmware', { error: 5n }],
  ['a status that is not success', { status: 0x16 }],
] as const) {
  test(`no key from ${what}`, () => {
    assert.throws(() => key(options), { name: 'EnclaveError', code: 'tee_unavailable' })
  })
}
