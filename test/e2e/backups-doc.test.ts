import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { mustExecIn, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { ROOT, runTask } from './support/cli.ts'
import { LAB, runVerb } from './support/run.ts'

const text = readFileSync(join(ROOT, 'docs/backups.md'), 'utf8')
/** Every command that stands in the document, in a block or within a line. */
const commands = [...new Set([...text.matchAll(/npx zx (tasks\/[^`\n]*)/g)].map(([command]) => command.trimEnd()))]

/** How each is run here, in this order; what comes before it makes what it is for. */
const RUN: Record<string, { exit: number; says: RegExp; prepare?: string; host?: string; more?: string[] }> = {
  'npx zx tasks/backup.mjs onquota': { exit: 0, says: /equal on the box/ },
  'npx zx tasks/restore.mjs onquota': { exit: 0, says: /equal to its manifest/ },
  'npx zx tasks/restore.mjs': { exit: 0, says: /equal to its manifest/, more: ['onquota'] },
  'npx zx tasks/status.mjs': { exit: 0, says: /onquota/, more: ['onquota'] },
  'npx zx tasks/backup.mjs onquota --prune --check': { exit: 0, says: /prune/ },
  'npx zx tasks/backup.mjs onquota --acknowledge': { exit: 0, says: /pruning is not paused/ },
  'npx zx tasks/restore.mjs onquota --table clients': { exit: 0, says: /in the schema restored_/ },
  'npx zx tasks/restore.mjs onquota --into onquota_db --replace --at 2026-01-31T03:00': {
    exit: 1,
    says: /no complete backup of onquota_db not later than 20260131030059/,
    more: ['--yes', 'onquota_db'],
  },
  'npx zx tasks/restore.mjs onquota --into onquota_db': {
    exit: 0,
    says: /equal to its manifest/,
    prepare: 'DROP DATABASE onquota_db WITH (FORCE)',
    more: ['--yes', 'onquota_db'],
  },
  'npx zx tasks/provision.mjs onquota --from-backup': {
    exit: 0,
    says: /equal|nothing/,
    prepare: 'DROP DATABASE onquota_db WITH (FORCE)',
  },
  'npx zx tasks/provision.mjs onquota --from-backup --trust-box': {
    exit: 0,
    says: /equal|nothing/,
    prepare: 'DROP DATABASE onquota_db WITH (FORCE)',
  },
  'npx zx tasks/restore.mjs onquota --into onquota_copy --trust-box': {
    exit: 0,
    says: /equal to its manifest/,
    more: ['--yes', 'onquota_copy'],
  },
  'npx zx tasks/backup.mjs onquota --adopt-box': { exit: 0, says: /copies on the box are in the ledger now/ },
  'npx zx tasks/backup.mjs onquota --adopt /root/backup_onquota_db_20250101_000000.sql.gz': {
    exit: 0,
    says: /is in the ledger, as dumped only/,
    host: 'cd /; su postgres -c "pg_dump onquota_db" | gzip > /root/backup_onquota_db_20250101_000000.sql.gz',
  },
}

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  // Backups of other tests, some of them damaged, are none of those that the document's commands are about.
  await renewHosts(lab, 'vps')
  expect((await runVerb('provision', { projects: ['onquota'] })).exitCode).toBe(0)
})

test('names no command that is not run here', () => {
  expect(commands.toSorted()).toEqual(Object.keys(RUN).toSorted())
})

test('a table was dropped: the command, and then what it prints', async () => {
  const dump = () =>
    mustExecIn(lab, 'vps', `cd /; su postgres -c 'pg_dump --exclude-schema=restored_* onquota_db' | grep -v restrict`)
  const before = await dump()
  await mustExecIn(lab, 'vps', `cd /; su postgres -c "psql -qc 'DROP TABLE clients CASCADE' onquota_db"`)
  const { code, stdout, stderr } = await runTask(lab, 'restore', ['onquota', '--table', 'clients'])
  expect(code, stdout + stderr).toBe(0)
  const [command = 'false'] = /psql -h .* -f \S+/.exec(stdout.slice(stdout.indexOf('Proven')).replace(/\n +/g, ' ')) ?? []
  const config = '/opt/postgresql-backups/configs/backup-onquota.conf'
  await mustExecIn(lab, 'vps', `. ${config}; PGPASSWORD=$DB_PASSWORD ${command}`)
  expect(await dump()).toBe(before)
  await mustExecIn(
    lab,
    'vps',
    `cd /; f=$(ls /var/backups/postgres/restored_*.sql); su postgres -c "psql -qc 'DROP SCHEMA $(basename $f .sql) CASCADE' onquota_db"; rm $f`,
  )
})

test.each(Object.entries(RUN))('%s', async (line, { exit, says, prepare, host, more = [] }) => {
  if (prepare !== undefined) await mustExecIn(lab, 'vps', `cd /; su postgres -c "psql -qc '${prepare}'"`)
  if (host !== undefined) await mustExecIn(lab, 'vps', host)
  const [, , task = '', ...args] = line.split(' ')
  const { code, stdout, stderr } = await runTask(lab, task.replace(/^tasks\/|\.mjs$/g, ''), [...args, ...more])
  expect(`${stdout}${stderr}`).toMatch(says)
  expect(code, stdout + stderr).toBe(exit)
})
