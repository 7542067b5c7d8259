import { beforeAll, describe, expect, test } from 'vitest'
import { execIn, mustExecIn, openLab, resetHost, seed } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { databaseContents } from './support/contents.ts'
import { LAB, notOk, runVerb, stepsOf } from './support/run.ts'

// An extension whose package a new server lacks, made up by its control file.
const EXTENSIONS = '/usr/share/postgresql/15/extension'
const INSTALL = `printf "default_version='1.0'\\nrelocatable=true\\n" > ${EXTENSIONS}/onquota_geo.control; touch ${EXTENSIONS}/onquota_geo--1.0.sql; chmod 644 ${EXTENSIONS}/onquota_geo*`

let lab: Lab
let before: string
const onBox = async (script: string) => mustExecIn(lab, 'box', `cd /srv/box/home/backups/postgresql/onquota && ${script}`)

beforeAll(async () => {
  lab = await openLab(LAB)
  await resetHost(lab, 'vps')
  await onBox('rm -rf ./*').catch(() => '')
  expect((await runVerb('provision', { projects: ['onquota'] })).exitCode).toBe(0)
  await seed(lab, 'vps', 'onquota', 2000)
  await mustExecIn(lab, 'vps', `${INSTALL}; cd /; su postgres -c "psql -qc 'CREATE EXTENSION onquota_geo' onquota_db"`)
  await mustExecIn(lab, 'vps', `cd /; su postgres -c "psql -qc \\"ALTER DATABASE onquota_db SET statement_timeout = '77s'\\""`)
  expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(0)
  before = await databaseContents(lab, 'vps', 'onquota_db')
})

describe('the server is gone with its disk', () => {
  beforeAll(async () => {
    // A newer backup that is damaged must not keep the older one from coming back.
    await mustExecIn(lab, 'vps', `cd /; su postgres -c "psql -qc 'DELETE FROM notifications' onquota_db"`)
    expect((await runVerb('backup', { projects: ['onquota'] })).exitCode).toBe(0)
    await onBox(
      `f=$(find . -name 'backup_*.sql.gz' | sort | tail -n 1); printf X | dd of=$f bs=1 seek=3000 conv=notrunc 2>/dev/null`,
    )
    await resetHost(lab, 'vps')
  })

  test('without the package of an extension it fails, and leaves nothing that would put an empty backup on the box', async () => {
    const copies = await onBox('find . -type f | sort')
    const report = await runVerb('provision', { projects: ['onquota'], fromBackup: true })
    expect(report.exitCode).toBe(1)
    const steps = stepsOf(report)
    // An older backup, from before there was the extension, is not taken instead: it has no rows.
    expect(steps['onquota/from-backup']?.error).toMatch(
      /extensions of backup_\S+ are missing on this server: onquota_geo 1\.0; find the package of onquota_geo: apt-cache search postgresql-15/,
    )
    expect(Object.values(steps).flatMap(({ status, step, reason }) => (status === 'skipped' ? `${step} ${reason}` : []))).toEqual(
      'migrations tables ownership privileges cron other-schedules logrotate ledger first-backup first-drill contents'
        .split(' ')
        .map((step) => `${step} waits for from-backup`),
    )
    expect(await onBox('find . -type f | sort')).toBe(copies)
    expect(await mustExecIn(lab, 'vps', 'ls /etc/cron.d')).not.toContain('bitacora-onquota')
    await mustExecIn(lab, 'vps', INSTALL)
  })

  test('one command on a new one brings every row back', async () => {
    expect(before.split('\n').filter((line) => /^public\.\w+ [1-9]/.test(line)).length).toBeGreaterThanOrEqual(30)
    const lines: string[] = []
    const report = await runVerb('provision', {
      projects: ['onquota'],
      fromBackup: true,
      onEvent: (event) => event.type === 'line' && lines.push(event.line),
    })
    expect(report.hosts.flatMap((host) => host.steps.map((step) => step.error ?? [])).flat(), lines.join('\n')).toEqual([])
    expect(report.exitCode).toBe(0)
    expect(lines.join('\n')).toMatch(
      /is damaged: its checksum is[^]*does not hold[^]*restored into onquota_db, equal to its manifest/,
    )
    expect(stepsOf(report)['onquota/from-backup']?.status).toBe('changed')
    expect(stepsOf(report)['onquota/migrations']?.changes).toEqual([])
    expect(await databaseContents(lab, 'vps', 'onquota_db')).toBe(before)
    const { stdout } = await execIn(
      lab,
      'vps',
      `cd /; su postgres -c "psql -qAtc 'SHOW statement_timeout' onquota_db; psql -qAtc 'SELECT datname FROM pg_database ORDER BY 1'"`,
    )
    expect(stdout).toBe('77s\ncopilot_dev\nonquota_db\npostgres\ntemplate0\ntemplate1\n')
  })

  test('the application works there, its backups are installed, and a first one is made', async () => {
    expect(notOk(await runVerb('verify', { projects: ['onquota'] }))).toEqual([])
    expect(notOk(await runVerb('provision', { projects: ['onquota'] }))).toEqual([])
  })

  test('run again it does nothing: a database that has tables is never filled', async () => {
    const report = await runVerb('provision', { projects: ['onquota'], fromBackup: true })
    expect(notOk(report)).toEqual([])
    expect(await databaseContents(lab, 'vps', 'onquota_db')).toBe(before)
  })
})

test('with nothing on the box it fails, and makes no tables that would look like success', async () => {
  await resetHost(lab, 'vps')
  await onBox('rm -rf ./*')
  const report = await runVerb('provision', { projects: ['onquota'], fromBackup: true })
  expect(report.exitCode).toBe(1)
  expect(stepsOf(report)['onquota/from-backup']?.error).toMatch(/no complete backup of onquota_db in .* on the box/)
  expect(await databaseContents(lab, 'vps', 'onquota_db')).toBe('')
})
