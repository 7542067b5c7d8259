import { expect, test } from 'vitest'
import type { Answer } from '../../lib/engine/answer.ts'
import { planAll } from '../../lib/engine/plan.ts'
import { keyOf } from '../../lib/engine/step.ts'
import type { Step } from '../../lib/engine/step.ts'
import { recipe } from '../../lib/steps/index.ts'
import { HOST_KEY, project } from '../inventory/support.ts'
import { context, expectMasked, expectUnreadable, plan, rows } from './common/support.ts'

const full = {
  'projects.onquota.database.readers': [{ name: 'report', password: { env: 'READER_PASSWORD' } }],
  'boxes.box.key': { env: 'BOX_KEY' },
  'projects.onquota.backup.signingKey': { env: 'SIGNING_KEY' },
  'projects.other': project('other', 9),
}
const one = context(full)
const two = context(full, 'other')
const names = (steps: readonly Step[]) => steps.map((step) => keyOf(step))

test('the whole recipe, in order', () => {
  expect(names(recipe(one.host, [one]))).toEqual([
    'preflight',
    'server',
    'services',
    'hba',
    'package',
    'directories',
    'onquota/role',
    'onquota/database',
    'onquota/extension',
    'onquota/schema',
    'onquota/migrations',
    'onquota/tables',
    'onquota/readers',
    'onquota/ownership',
    'onquota/privileges',
    'onquota/env-file',
    'onquota/script',
    'onquota/restore-script',
    'onquota/signing-key',
    'onquota/config',
    'onquota/known-host',
    'onquota/box-key',
    'onquota/cron',
    'onquota/other-schedules',
    'onquota/logrotate',
    'onquota/ledger',
    'onquota/first-backup',
    'onquota/first-drill',
    'onquota/contents',
  ])
})

test('what is not declared has no step', () => {
  const bare = context({
    'projects.onquota.migrations': undefined,
    'projects.onquota.backup': undefined,
    'projects.onquota.envFile': undefined,
  })
  expect(names(recipe(bare.host, [bare]))).toEqual([
    'preflight',
    'server',
    'services',
    'hba',
    'onquota/role',
    'onquota/database',
    'onquota/extension',
    'onquota/schema',
    'onquota/ownership',
    'onquota/privileges',
  ])
})

test('each further box has its own pinned key and login key', () => {
  const pair = context({
    'boxes.two': { address: 'two', user: 'u2', key: { env: 'BOX_KEY' }, hostKey: HOST_KEY },
    'projects.onquota.backup': { boxes: ['box', 'two'] },
  })
  const steps = recipe(pair.host, [pair])
  const pinned = names(steps).filter((name) => /known-host|box-key/.test(name))
  expect(pinned).toEqual(['onquota/known-host', 'onquota/known-host-2', 'onquota/box-key-2'])
  const of = (name: string) =>
    rows(
      plan(
        steps.find((step) => step.name === name)!,
        { found: null },
      ),
    )
  expect(of('known-host-2')).toEqual([['file /opt/postgresql-backups/configs/known-hosts-onquota.2', null, 'root, 0644', 'run']])
  expect(of('box-key-2')).toEqual([['file /opt/postgresql-backups/configs/box-key-onquota.2', null, 'root, 0600', 'run']])
})

test("a host's own steps stand once, each project's follow", () => {
  const steps = names(recipe(one.host, [one, two]))
  expect(new Set(steps).size).toBe(steps.length)
  expect(steps.filter((name) => !name.includes('/'))).toEqual([
    'preflight',
    'server',
    'services',
    'hba',
    'package',
    'directories',
  ])
  expect(steps.findIndex((name) => name.startsWith('other/'))).toBeGreaterThan(
    steps.findLastIndex((name) => name.startsWith('onquota/')),
  )
})

test('each package is named once, whatever projects want it', () => {
  const packages = recipe(one.host, [one, two]).find(({ name }) => name === 'package')!
  expect(rows(plan(packages, { present: [] }))).toEqual([
    ['package gzip jq openssh-client cron logrotate sshpass', null, 'installed', 'run'],
  ])
})

test.each([
  ['a ping', { ping: 'https://ping.example/x' }, ' curl'],
  ['a webhook', { webhook: { env: 'WEBHOOK' } }, ' curl'],
  ['mail, metrics and syslog', { mail: 'ops@example.org', prometheusDirectory: '/var/lib/metrics', syslog: true }, ''],
])('%s: the packages it takes', (_what, notify, more) => {
  const notified = context({ 'projects.onquota.backup.notify': notify })
  const packages = recipe(notified.host, [notified]).find(({ name }) => name === 'package')!
  expect(rows(plan(packages, { present: ['gzip', 'jq', 'sftp', 'ssh-keygen', 'crontab', 'logrotate'] }))).toEqual([
    [`package sshpass${more}`, null, 'installed', 'run'],
  ])
})

test('what starts jobs on the host is read once, for all projects that have backups', () => {
  const all = recipe(one.host, [one, two]).flatMap((step) => (step.name === 'other-schedules' ? [step.facts['schedules']] : []))
  expect(all).toHaveLength(2)
  expect(new Set(all).size).toBe(1)
})

test('every step needs only what comes before it', () => {
  const empty = new Map<never, Answer>()
  expect(planAll(recipe(one.host, [one, two]), empty)).toHaveLength(recipe(one.host, [one, two]).length)
})

/** A host with PostgreSQL and the deployed code, and nothing of ours. */
function emptyHost(steps: readonly Step[]): Map<Step['facts'][string], Answer> {
  const values: Record<string, unknown> = {
    system: { free: [{ path: '/var', kib: 1e9 }], clock: 0 },
    server: { version: 150_014, standby: false, databases: ['postgres'] },
    present: [],
    exists: false,
    version: 150_014,
    code: { user: 'root', revisions: [{ id: '022', down: [] }] },
    daemon: true,
    schedules: [],
    databases: ['postgres'],
  }
  return new Map(
    steps.flatMap((step) => Object.entries(step.facts).map(([name, fact]) => [fact, { value: values[name] ?? null }] as const)),
  )
}

test('from a backup: what restores comes first, and migrations wait for what it brings', () => {
  const steps = recipe(one.host, [one], { fromBackup: true })
  expect(names(steps).slice(9, 20)).toEqual([
    'onquota/schema',
    'onquota/script',
    'onquota/restore-script',
    'onquota/signing-key',
    'onquota/config',
    'onquota/known-host',
    'onquota/box-key',
    'onquota/from-backup',
    'onquota/migrations',
    'onquota/tables',
    'onquota/readers',
  ])
  const statuses = Object.fromEntries(planAll(steps, emptyHost(steps)).map(({ step: { name }, status }) => [name, status]))
  expect(statuses).toMatchObject({
    'from-backup': 'drift',
    migrations: 'unknown',
    tables: 'unknown',
    readers: 'unknown',
    ownership: 'unknown',
    privileges: 'unknown',
    'env-file': 'unknown',
    cron: 'unknown',
    'other-schedules': 'unknown',
    ledger: 'unknown',
    'first-backup': 'unknown',
    'first-drill': 'unknown',
  })
  // A backup of an empty database would hide the good ones, made now or by cron at night.
  const failed = new Map([['onquota/from-backup', { error: 'no' }]])
  const after = planAll(steps, emptyHost(steps), failed).slice(names(steps).indexOf('onquota/from-backup') + 1)
  expect(new Set(after.map(({ status, reason }) => `${status} ${reason}`))).toEqual(new Set(['skipped waits for from-backup']))
})

test('a backup that nothing proves to be ours is taken only where the box is trusted', () => {
  const command = (trustBox: boolean) => {
    const steps = recipe(one.host, [one], { fromBackup: true, trustBox })
    const found = plan(
      steps.find(({ name }) => name === 'from-backup')!,
      { filled: false },
    )
    return found.changes[0]?.run?.text
  }
  expect(command(false)).not.toContain('--trust-box')
  expect(command(true)).toContain('--into onquota_db --fill --trust-box')
})

test.each(['script', 'restore-script', 'config'])('%s waits where the packages could not be installed', (name) => {
  const steps = recipe(one.host, [one])
  const answers = emptyHost(steps)
  answers.set(steps.find((step) => step.name === 'package')!.facts['present']!, { error: 'no' })
  const planned = planAll(steps, answers).find(({ step }) => step.name === name)
  expect(planned).toMatchObject({ status: 'skipped' })
})

test('on an empty host the whole work is listed, and nothing fails or is held back', () => {
  const steps = recipe(one.host, [one, two])
  const planned = planAll(steps, emptyHost(steps))
  const statuses = planned
    .filter(({ step: { project: name } }) => name !== 'other')
    .map(({ step: { name }, status }) => `${name} ${status}`)
  expect(statuses).toEqual([
    'preflight ok',
    'server ok',
    'services ok',
    'hba ok',
    'package drift',
    'directories drift',
    'role drift',
    'database drift',
    'extension drift',
    'schema ok',
    'migrations drift',
    'tables unknown',
    'readers drift',
    'ownership ok',
    'privileges ok',
    'env-file drift',
    'script drift',
    'restore-script drift',
    'signing-key drift',
    'config drift',
    'known-host drift',
    'box-key drift',
    'cron drift',
    'other-schedules ok',
    'logrotate drift',
    'ledger drift',
    'first-backup drift',
    'first-drill drift',
    'contents ok',
  ])
  for (const result of planned) expectMasked(result)
})

test.each(recipe(one.host, [one]).map((step) => [step.name, step] as const))(
  '%s: what cannot be read fails, and what needs it waits',
  (_name, step) => {
    expectUnreadable(step)
  },
)
