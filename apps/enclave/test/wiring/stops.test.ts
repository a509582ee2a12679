import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Stops } from '../../src/wiring/stops.ts'

test('what was started last is ended first, each after the one before it has ended', async () => {
  const stops = new Stops()
  const heard: string[] = []
  const ending = (name: string) => async (): Promise<void> => {
    heard.push(`${name} ends`)
    await turn()
    heard.push(`${name} ended`)
  }
  stops.add(ending('database'), ending('collector'))
  stops.add(ending('server'))
  await stops.stop()
  assert.deepEqual(heard, [
    'server ends',
    'server ended',
    'collector ends',
    'collector ended',
    'database ends',
    'database ended',
  ])
})

test('a part that fails to stop keeps no other alive, and is told of', async () => {
  const stops = new Stops()
  const ended: string[] = []
  const fault = new Error('hangs')
  stops.add(
    () => ended.push('database'),
    () => {
      throw fault
    },
    async () => await Promise.reject(fault),
    () => ended.push('server'),
  )
  await assert.rejects(stops.stop(), (error) => {
    assert.ok(error instanceof AggregateError)
    assert.deepEqual(error.errors, [fault, fault])
    return true
  })
  assert.deepEqual(ended, ['server', 'database'])
})

test('nothing is ended twice', async () => {
  const stops = new Stops()
  let times = 0
  stops.add(() => {
    times += 1
  })
  await stops.stop()
  await stops.stop()
  assert.equal(times, 1)
})
