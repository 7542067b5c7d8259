import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, failures, runVerb, writeInventory } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  expect(failures(await runVerb('provision', { projects: ['tienda'] }))).toEqual([])
})

test('cron runs the backup at its minute, and the run is as good as one by hand', async () => {
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    projects: { tienda: { backup: { schedule: string } } }
  }
  const { stdout } = await execIn(lab, 'vps2', 'date +"%s %H %M %S"')
  const [epoch = 0] = stdout.split(' ').map(Number)
  // Cron looks at its files at each full minute; leave it ten seconds to see the new one.
  const due = new Date((Math.floor((epoch + 10) / 60) + 1) * 60_000)
  inventory.projects.tienda.backup.schedule = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`
  const before = (await execIn(lab, 'vps2', 'cat /var/backups/postgres/status_tienda.json')).stdout
  const file = writeInventory(lab, 'cron', inventory)
  expect(failures(await runVerb('provision', { inventory: file, projects: ['tienda'] }))).toEqual([])
  let status = before
  for (let tries = 0; tries < 90 && (status === before || !status.includes('hashed on the box')); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    status = (await execIn(lab, 'vps2', 'cat /var/backups/postgres/status_tienda.json')).stdout
  }
  const { ok, newest } = JSON.parse(status) as { ok: boolean; newest: { name: string; grade: string } }
  expect({ ok, grade: newest.grade, another: status !== before }).toEqual({ ok: true, grade: 'hashed on the box', another: true })
  const log = await execIn(lab, 'vps2', 'cat /var/log/postgres-backup/backup-tienda-cron.log')
  expect(log.stdout).toContain(newest.name)
  expect((await runVerb('verify', { inventory: file, projects: ['tienda'] })).exitCode).toBe(0)
})
