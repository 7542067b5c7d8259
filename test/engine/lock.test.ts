import { expect, test } from 'vitest'
import { LockBusyError, describeHolder, newHolder, parseHolder } from '../../lib/engine/lock.ts'

const holder = { run: '1a2b', since: '2026-11-24T03:00:00.000Z', who: 'root@ops', task: 'provision' }

test('a holder says who, since when and from where, and comes back from its JSON', () => {
  const before = new Date().toISOString()
  const now = newHolder('1a2b', 'provision')
  const after = new Date().toISOString()
  expect(now).toMatchObject({ run: '1a2b', task: 'provision', who: expect.stringMatching(/^[^@]+@./) })
  expect([before, now.since, after].toSorted()).toEqual([before, now.since, after])
  expect(parseHolder(JSON.stringify(now))).toEqual(now)
})

test.each(['changing', 'changed'])('a holder is read from a mark of "%s"', (word) => {
  expect(parseHolder(`${word} bitacora-0 12 345 ${JSON.stringify(holder)}`)).toEqual(holder)
})

test.each(['', 'x', '{}', '{"run":1}', '[]', 'null'])('%j is no holder', (line) => {
  expect(parseHolder(line)).toBeUndefined()
})

test('the error names the holder and says what to do', () => {
  const error = new LockBusyError(holder)
  expect(error.message).toBe(
    'another run is changing this host: provision by root@ops, since 2026-11-24T03:00:00.000Z (run 1a2b). Nothing was changed. ' +
      'Wait for it with --wait SECONDS, or run again later; the lock goes with the process that holds it.',
  )
  expect(error.holder).toEqual(holder)
  expect(describeHolder(undefined)).toBe('it left no name')
})
