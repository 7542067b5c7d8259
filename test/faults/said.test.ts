import { expect, test } from 'vitest'
import type { Attempt } from '../e2e/backup-script/project.ts'
import type { Fault } from './fault.ts'
import { saidOf } from './said.ts'

const line = (stage: string, words: string) => `2026-11-24 03:00:00Z demo [${stage}] ${words}\n`
const row = (says: string) => ({ says }) as Fault
const run = (code: number, stdout: string, stderr = '', log = stdout + stderr) => ({ code, stdout, stderr, log }) as Attempt
const FAILED = line('failed', 'dump: pg_dump ended with 1: lost it')
const record = (change: object = {}) => ({ ok: false, stage: 'dump', error: 'pg_dump ended with 1: lost it', ...change })

test('a run that failed: at its stage, with the words, in the log and in the record', () => {
  const failed = run(1, line('dump', 'NAME'), FAILED)
  expect(saidOf(row('ended with … lost'), failed, record())).toEqual({ exit: 1, stage: 'dump', says: 'ended with … lost' })
  expect(saidOf(row('ended with 2'), failed, record()).says).toMatch(/^pg_dump ended with 1: lost it \| pg_dump/)
  expect(saidOf(row('lost'), failed, record({ error: 'other' })).says).toBe('pg_dump ended with 1: lost it | other')
  expect(saidOf(row('lost'), failed, record({ stage: 'hash' })).stage).toBe('dump, and in the record hash')
  expect(saidOf(row('lost'), failed, record({ ok: true })).stage).not.toBe('dump')
  expect(saidOf(row('lost'), failed, null).stage).not.toBe('dump')
  expect(saidOf(row('lost'), run(1, '', FAILED, line('dump', 'NAME')), record()).stage).toMatch(/^another in the log/)
  expect(saidOf(row('lost'), run(1, '', FAILED + FAILED), record()).stage).toBe('2 lines say [failed]')
  expect(saidOf(row('lost'), run(1, ''), record()).stage).toBe('0 lines say [failed]')
  // What is told to others comes after it.
  expect(saidOf(row('lost'), run(1, '', FAILED, FAILED + line('notify', 'x')), record()).stage).toBe('dump')
})

test('a good run ends at [done], a skipped one at [lock]', () => {
  const good = run(0, line('dump', 'equal: 3 tables') + line('done', 'NAME'))
  const done = { ok: true, stage: 'done', error: null }
  expect(saidOf(row('equal: … tables'), good, done)).toEqual({ exit: 0, stage: 'done', says: 'equal: … tables' })
  expect(saidOf(row('told'), run(0, good.stdout + line('notify', 'not told')), done)).toMatchObject({
    stage: 'done',
    says: 'told',
  })
  expect(saidOf(row('equal: 4'), good, done).says).toBe(good.stdout)
  expect(saidOf(row('equal'), good, record()).stage).toBe('done, and in the record dump')
  expect(saidOf(row('equal'), run(0, good.stdout, FAILED), done).stage).toBe('done, and [failed]')
  expect(saidOf(row('skipped'), run(0, line('lock', 'skipped')), record())).toEqual({ exit: 0, stage: 'lock', says: 'skipped' })
})

test('a dead one says nothing, and ended where it was', () => {
  expect(saidOf(row(''), run(137, line('config', 'x') + line('dump', 'y')), null)).toEqual({ exit: 137, stage: 'dump', says: '' })
  expect(saidOf(row(''), run(137, '', FAILED), null).says).not.toBe('')
})
