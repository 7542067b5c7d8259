import type { StepReport } from '../../lib/engine/plan.ts'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

let lab: Lab

interface Inventory {
  hosts: Record<string, Record<string, unknown>>
  boxes: Record<string, Record<string, unknown>>
  projects: Record<string, Record<string, Record<string, unknown>>>
}

beforeAll(async () => {
  lab = await openLab(LAB)
  expect((await runVerb('provision', { projects: ['onquota'] })).exitCode).toBe(0)
})

/** The lab's inventory with onquota as a second, fresh project `trial` of its own database, changed by `edit`. */
function trial(edit: (inventory: Inventory) => void = () => {}): string {
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as Inventory
  const base = structuredClone(inventory.projects['onquota']!)
  base['database'] = { ...base['database'], name: 'trial_db', owner: 'trial_user' }
  base['migrations'] = { ...base['migrations'], directory: '/opt/trial/backend' }
  base['backup'] = { ...base['backup'], schedule: '0 6 * * *', remoteDirectory: '/home/backups/postgresql/trial' }
  inventory.projects = { trial: base }
  edit(inventory)
  return writeInventory(lab, 'trial', inventory)
}

async function onVps(script: string, host = 'vps'): Promise<string> {
  const { code, stdout, stderr } = await execIn(lab, host, script)
  expect(`${code} ${stderr}`).toMatch(/^0 /)
  return stdout
}

const psql = (database: string, statement: string) =>
  onVps(`cd /; su postgres -c 'psql -At -v ON_ERROR_STOP=1 -d ${database}' <<'end'\n${statement}\nend`)

async function fresh(): Promise<void> {
  await psql('postgres', 'DROP DATABASE IF EXISTS trial_db WITH (FORCE);\nDROP ROLE IF EXISTS trial_user;')
  await onVps(
    'rm -rf /opt/trial && mkdir -p /opt/trial && cp -a /opt/onquota/backend /opt/trial/backend; rm -f /opt/postgresql-backups/*trial* /opt/postgresql-backups/configs/*trial* /etc/cron.d/*trial /etc/logrotate.d/*trial /var/backups/postgres/*trial*',
  )
  // Whose folder it is stands there: with its ledger gone, the host would be a stranger.
  expect((await execIn(lab, 'box', 'rm -rf /srv/box/home/backups/postgresql/trial')).code).toBe(0)
}

/** What the first change of a step says of itself, and how to fix it. */
const said = (step: StepReport | undefined) => `${step?.changes[0]?.text ?? ''}\n${step?.changes[0]?.help ?? ''}`
const only = (step: string, report: Awaited<ReturnType<typeof runVerb>>) => stepsOf(report)[`trial/${step}`]

describe('migrations', () => {
  test("a failing revision: Alembic's last lines, no table left, nothing after it tried, all that needs no table done", async () => {
    await fresh()
    await onVps(`cat > /opt/trial/backend/alembic/versions/023_broken.py <<'end'
revision = "023"
down_revision = "022"
def upgrade():
    from alembic import op
    op.execute("SELECT no_such_function()")
end`)
    const file = trial((inventory) => (inventory.projects['trial']!['migrations']!['head'] = '023'))
    const report = await runVerb('provision', { inventory: file })
    expect(report.exitCode).toBe(1)
    expect(only('migrations', report)?.error).toMatch(/no_such_function/)
    expect(only('tables', report)?.status).toBe('skipped')
    expect(only('first-backup', report)?.status).toBe('skipped')
    expect([only('cron', report)?.status, only('config', report)?.status]).toEqual(['changed', 'changed'])
    expect((await psql('trial_db', `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`)).trim()).toBe('0')
  })

  test.each([
    [
      'several heads',
      `printf 'revision = "021b"\\ndown_revision = "021"\\ndef upgrade(): pass\\n' > /opt/trial/backend/alembic/versions/021b_x.py`,
      /2 heads: 021b, 022[^]*alembic merge/,
    ],
    ['no code', 'mv /opt/trial/backend /opt/trial/gone', /no alembic\.ini in \/opt\/trial\/backend, .*: deploy the code/],
    [
      'another head than the inventory says',
      'rm /opt/trial/backend/alembic/versions/022*',
      /ends at 021; the inventory expects 022/,
    ],
  ])('%s: for a person, and nothing is migrated', async (_name, script, message) => {
    await fresh()
    await onVps(script)
    const report = await runVerb('provision', { inventory: trial() })
    expect(report.exitCode).toBe(1)
    expect(only('migrations', report)).toMatchObject({
      status: 'drift',
      changes: [{ manual: true }],
    })
    expect(said(only('migrations', report))).toMatch(message)
    expect(only('database', report)?.status).toBe('changed')
    expect((await psql('trial_db', `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`)).trim()).toBe('0')
  })

  test('a revision in the database that the code does not know', async () => {
    await psql('onquota_db', `UPDATE alembic_version SET version_num = '999'`)
    try {
      const report = await runVerb('provision', { projects: ['onquota'] })
      expect(report.exitCode).toBe(1)
      expect(said(stepsOf(report)['onquota/migrations'])).toMatch(/the database is at 999, which the code in \S+ doesn't have/)
    } finally {
      await psql('onquota_db', `UPDATE alembic_version SET version_num = '022'`)
    }
  })

  test('a version file in an unusual form is left to Alembic itself', async () => {
    await onVps(`sed -i 's/^revision = .*/revision = "0" + "22"/' /opt/onquota/backend/alembic/versions/022*.py`)
    try {
      expect(notOk(await runVerb('provision', { projects: ['onquota'], check: true }))).toEqual([])
    } finally {
      await onVps(`sed -i 's/^revision = .*/revision = "022"/' /opt/onquota/backend/alembic/versions/022*.py`)
    }
  })
})

describe('the box', () => {
  test('a wrong password: the backup fails at its upload, all else is done, and a corrected one mends it', async () => {
    await fresh()
    writeFileSync(join(lab.directory, 'secrets/wrong-box'), 'not-the-password', { mode: 0o600 })
    const wrong = trial((inventory) => (inventory.boxes['box']!['password'] = { file: 'secrets/wrong-box' }))
    const report = await runVerb('provision', { inventory: wrong })
    expect(report.exitCode).toBe(1)
    expect(only('first-backup', report)?.error).toMatch(/password/)
    expect(only('tables', report)).toMatchObject({ status: 'ok', note: '36 tables' })
    const mended = await runVerb('provision', { inventory: trial() })
    expect(mended.exitCode).toBe(0)
    expect(only('first-backup', mended)?.status).toBe('changed')
  })

  test('a wrong host key: nothing is uploaded', async () => {
    const wrong = trial(
      (inventory) => (inventory.boxes['box']!['hostKey'] = lab.hosts['vps'].hostKey.split(' ').slice(0, 2).join(' ')),
    )
    await runVerb('provision', { inventory: wrong })
    const report = await runVerb('backup', { inventory: wrong })
    expect(report.exitCode).toBe(1)
    expect(only('backup', report)?.error).toMatch(/host key/i)
    await runVerb('provision', { inventory: trial() })
  })
})

describe('the host', () => {
  test('PostgreSQL stopped: said in its own words; what needs no database is still looked at', async () => {
    await onVps('pg_ctlcluster 15 main stop -m fast')
    try {
      const report = await runVerb('provision', { projects: ['onquota'], check: true })
      expect(report.exitCode).toBe(1)
      const steps = stepsOf(report)
      expect(steps['server']?.error).toMatch(/could not read server: .*connection to server on socket/)
      expect(steps['onquota/role']).toMatchObject({ status: 'skipped', reason: 'waits for server' })
      expect(steps['onquota/cron']?.status).toBe('ok')
    } finally {
      await onVps('pg_ctlcluster 15 main start')
    }
  })

  test('a disk below the floor: neither database nor migrations nor backup; the numbers are told', async () => {
    const file = trial((inventory) => (inventory.hosts['vps']!['minimumFreeMiB'] = 900_000_000))
    await fresh()
    const report = await runVerb('provision', { inventory: file })
    expect(report.exitCode).toBe(1)
    expect(stepsOf(report)['preflight']?.changes[0]).toMatchObject({
      from: expect.stringMatching(/^\d+ MiB$/),
      to: 'at least 900000000 MiB',
      manual: true,
    })
    expect(only('database', report)?.status).toBe('skipped')
    expect(only('script', report)?.status).toBe('changed')
  })

  test('a collation that cannot be changed is for a person, and stops nothing else', async () => {
    await fresh()
    await psql('postgres', `CREATE DATABASE trial_db TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`)
    const report = await runVerb('provision', { inventory: trial() })
    expect(report.exitCode).toBe(1)
    expect(
      only('database', report)
        ?.changes.filter((change) => change.manual)
        .map((change) => [change.what, change.from, change.to]),
    ).toEqual([
      ['database trial_db collation', 'C', 'en_US.UTF-8'],
      ['database trial_db character type', 'C', 'en_US.UTF-8'],
    ])
    expect(only('tables', report)).toMatchObject({ status: 'ok', note: '36 tables' })
    expect(only('first-backup', report)?.status).toBe('changed')
    await fresh()
  })
})
