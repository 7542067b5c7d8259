import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { execIn, neighbourFingerprint, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { clusterFingerprint, filesFingerprint, quietCluster, walPosition, walSince } from './support/fingerprint.ts'
import { LAB, notOk, runVerb, stepsOf, writeInventory } from './support/run.ts'

let lab: Lab
let neighbour: unknown

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps', 'vps2')
  neighbour = await neighbourFingerprint(lab)
})

const two = () => {
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as { projects: Record<string, unknown> }
  const { facturas: _third, ...projects } = inventory.projects
  return writeInventory(lab, 'two-projects', { ...inventory, projects })
}

describe('an empty host', () => {
  test('a check lists the whole work in order, fails nowhere, and writes nothing', async () => {
    const before = await filesFingerprint(lab, 'vps')
    const report = await runVerb('provision', { inventory: two(), check: true })
    expect(report.exitCode).toBe(2)
    expect(report.hosts.map((host) => [host.name, host.error, host.roundTrips])).toEqual([
      ['vps', undefined, 1],
      ['vps2', undefined, 1],
    ])
    const steps = report.hosts[0]?.steps ?? []
    expect(steps.map((step) => `${step.step} ${step.status}`)).toEqual([
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
      'ownership ok',
      'privileges ok',
      'script drift',
      'restore-script drift',
      'signing-key drift',
      'config drift',
      'known-host drift',
      'cron drift',
      'other-schedules ok',
      'logrotate drift',
      'ledger drift',
      'first-backup drift',
      'first-drill drift',
      'contents ok',
    ])
    expect(stepsOf(report)['onquota/migrations']?.changes[0]).toMatchObject({ from: null, to: '022 (21 revisions)' })
    expect(await filesFingerprint(lab, 'vps')).toEqual(before)
  })

  test('is provisioned, in three execs', async () => {
    const report = await runVerb('provision', { inventory: two() })
    expect(report.hosts.flatMap((host) => host.steps.filter((step) => step.error).map((step) => step.error))).toEqual([])
    expect(report.exitCode).toBe(0)
    expect(report.hosts.map((host) => host.roundTrips)).toEqual([3, 3])
    expect(stepsOf(report)['onquota/tables']?.note).toBe('36 tables')
    const { stdout } = await execIn(
      lab,
      'vps',
      `cd /; su postgres -c "psql -Atc 'SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()' onquota_db"`,
    )
    expect(stdout.trim()).toBe('36')
  })
})

describe('a provisioned host', () => {
  test('a second run is one exec, and writes nothing: no file, no catalog row, no WAL', async () => {
    const state = async () => ({ files: await filesFingerprint(lab, 'vps'), cluster: await clusterFingerprint(lab, 'vps') })
    // The first look after changes may still set hint bits.
    await runVerb('provision', { inventory: two() })
    await quietCluster(lab, 'vps')
    const before = await state()
    const wal = await walPosition(lab, 'vps')
    const report = await runVerb('provision', { inventory: two() })
    expect(await walSince(lab, 'vps', wal)).toEqual([])
    expect(notOk(report)).toEqual([])
    expect(report).toMatchObject({ exitCode: 0, ok: true })
    expect(report.hosts.map((host) => host.roundTrips)).toEqual([1, 1])
    expect(await state()).toEqual(before)
  })

  test('is verified: tables, head, login through a tunnel, cron, the newest backup fresh and equal on the box', async () => {
    const report = await runVerb('verify', { inventory: two() })
    expect(notOk(report)).toEqual([])
    expect(report.exitCode).toBe(0)
    const steps = stepsOf(report)
    expect(steps['onquota/login']?.note).toBe('onquota_user logs in and reads 36 tables')
    expect(steps['onquota/box-copy']?.note).toMatch(/^backup_onquota_db_\d{8}_\d{6}\.sql\.gz equal on the box$/)
    expect(steps['tienda/box-copy']?.status).toBe('ok')
  })

  test('a third project joins by its entry alone; the other two are not touched', async () => {
    const others = async () => {
      const { stdout } = await execIn(
        lab,
        'vps',
        `find / -xdev -path '*onquota*' -not -path '/proc/*' -not -path '/var/lib/postgresql/*' -printf '%p %m %u %T@ %C@ %s\\n' | sort`,
      )
      return { files: stdout, second: await filesFingerprint(lab, 'vps2') }
    }
    const before = await others()
    const check = await runVerb('provision', { check: true })
    expect(notOk(check).every((line) => line.startsWith('facturas/'))).toBe(true)
    const report = await runVerb('provision')
    expect(report.exitCode).toBe(0)
    expect(notOk(report).every((line) => line.startsWith('facturas/') && line.includes('changed'))).toBe(true)
    expect(notOk(report).length).toBeGreaterThan(8)
    expect(await others()).toEqual(before)
    expect(notOk(await runVerb('verify'))).toEqual([])
  })

  test('the neighbour made by hand is as it was, to the byte', async () => {
    expect(await neighbourFingerprint(lab)).toEqual(neighbour)
  })
})
