import { expect, test } from 'vitest'
import { packages } from '../../../lib/steps/server/package.ts'
import { asked, expectUnreadable, plan, rows, scripts } from '../common/support.ts'

const commands = ['gzip', 'sftp', 'crontab', 'sshpass']
const step = packages(commands)

test.each([
  ['absent', [], [['package gzip openssh-client cron sshpass', null, 'installed', 'run']]],
  ['right', commands, []],
  ['no sshpass', ['gzip', 'sftp', 'crontab'], [['package sshpass', null, 'installed', 'run']]],
  ['no crontab', ['gzip', 'sftp', 'sshpass'], [['package cron', null, 'installed', 'run']]],
])('%s', (_what, present, changes) => {
  expect(rows(plan(step, { present }))).toEqual(changes)
})

test('apt asks nothing, waits for its lock, brings no recommends, and fetches its lists only when they are too old', () => {
  const found = plan(step, { present: commands.slice(0, 3) })
  const [first = '', second = ''] = scripts(found).text.split(' || ')
  expect(first).toMatch(
    /^export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1\napt-get .*-y .*-o DPkg::Lock::Timeout=300 .*--no-install-recommends install sshpass$/,
  )
  expect(second).toMatch(/^\{ apt-get .*-o DPkg::Lock::Timeout=300 update && /)
  expect(second).toContain(first.split('\n')[1])
  expect(found.changes[0]).toMatchObject({ deadline: 900 })
})

test('a command without a package of another name is its own', () => {
  expect(rows(plan(packages(['zstd']), { present: [] }))).toEqual([['package zstd', null, 'installed', 'run']])
})

test('two commands of one package ask for it once', () => {
  expect(rows(plan(packages(['sftp', 'ssh-keygen', 'jq']), { present: [] }))).toEqual([
    ['package openssh-client jq', null, 'installed', 'run'],
  ])
})

test('unreadable', () => expectUnreadable(step))

test('a real shell answers', async () => {
  expect(await asked(packages(['no-such-command', 'cat', 'sh']))).toEqual({ present: { value: ['cat', 'sh'] } })
  expect(await asked(packages(['no-such-command']))).toEqual({ present: { value: [] } })
})
