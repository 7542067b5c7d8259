import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, failures, runVerb, writeInventory } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  expect(failures(await runVerb('provision', { projects: ['tienda'] }))).toEqual([])
})

// Every hour at this minute runs what the test has seen once.
afterAll(async () => {
  expect(failures(await runVerb('provision', { projects: ['tienda'] }))).toEqual([])
})

const onHost = async (script: string) => (await execIn(lab, 'vps2', script)).stdout

test('cron runs the backup at its minute, and the run is as good as one by hand', async () => {
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8')) as {
    projects: { tienda: { backup: { schedule: string } } }
  }
  const before = await onHost('cat /var/backups/postgres/status_tienda.json')
  const now = async () => Number(await onHost('date +%s'))
  let file = ''
  // Cron looks at its files at each full minute, so the new one must be there before; how long that takes is the machine's affair.
  for (let margin = 10, due = 0; due <= (await now()); margin *= 2) {
    due = (Math.floor(((await now()) + margin) / 60) + 1) * 60
    // The hour is left open: the lab's cron has a clock of its own, with the same minutes.
    inventory.projects.tienda.backup.schedule = `${new Date(due * 1000).getUTCMinutes()} * * * *`
    file = writeInventory(lab, 'cron', inventory)
    expect(failures(await runVerb('provision', { inventory: file, projects: ['tienda'] }))).toEqual([])
  }
  const newest = async () => {
    const text = await onHost('cat /var/backups/postgres/status_tienda.json')
    const { ok, newest: found } = JSON.parse(text) as { ok: boolean; newest: { name: string; grade: string } }
    return { ok, grade: found.grade, another: text !== before, name: found.name }
  }
  const wanted = { ok: true, grade: 'hashed on the box', another: true }
  await expect.poll(newest, { timeout: 400_000, interval: 1000 }).toMatchObject(wanted)
  const log = () => onHost('cat /var/log/postgres-backup/backup-tienda-cron.log')
  await expect.poll(log, { timeout: 60_000 }).toContain((await newest()).name)
  expect((await runVerb('verify', { inventory: file, projects: ['tienda'] })).exitCode).toBe(0)
})
