import { expect, test } from 'vitest'
import { server } from '../../../lib/steps/server/server.ts'
import { context, expectUnreadable, help, plan, rows } from '../common/support.ts'

const step = server(context().host)
const right = { version: 150_014, standby: false, databases: ['copilot_dev', 'postgres'] }

test.each([
  ['right', right, []],
  ['the oldest', { ...right, version: 130_000 }, []],
  ['too old', { ...right, version: 120_022 }, [['PostgreSQL version', '12.22', 'at least 13', 'blocks']]],
  ['a standby', { ...right, standby: true }, [['PostgreSQL', 'a standby, read-only', 'a primary', 'blocks']]],
])('%s', (_what, found, changes) => {
  expect(rows(plan(step, { server: found }))).toEqual(changes)
})

test('the note lists the databases that are there', () => {
  expect(plan(step, { server: right }).note).toBe('PostgreSQL 15.14; databases copilot_dev, postgres')
})

test('the ways out are named', () => {
  expect(help(plan(step, { server: { ...right, version: 96_000, standby: true } }))).toMatch(/pg_upgradecluster[^]*hosts\.vps/)
})

test('unreadable', () => expectUnreadable(step))
