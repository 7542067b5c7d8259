import { afterAll, beforeAll, expect, test } from 'vitest'
import { labInventory, openLab, renewHosts } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { failures, LAB, notOk, runVerb, writeInventory } from './support/run.ts'

let lab: Lab

beforeAll(async () => {
  lab = await openLab(LAB)
  await renewHosts(lab, 'vps')
})
// Its limits would be nobody's to the files that follow.
afterAll(() => renewHosts(lab, 'vps'))

/** The lab's inventory with onquota alone, without backups, which take their time, and a limit of its own. */
function variant(name: string, connectionLimit: number): string {
  const { hosts, projects } = labInventory(lab)
  const { backup: _backup, ...onquota } = projects['onquota']!
  return writeInventory(lab, name, {
    hosts: { vps: hosts['vps'] },
    projects: { onquota: { ...onquota, database: { ...onquota.database, connectionLimit } } },
  })
}

test('twelve runs at once on a fresh host, half of them waiting, from two inventories that differ', async () => {
  const inventories = [variant('many-a', 20), variant('many-b', 30)]
  const reports = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      runVerb('provision', { inventory: inventories[index % 2]!, wait: index < 6 ? 300 : 0 }),
    ),
  )
  // No plan was applied to a state that it was not made for; whoever did not wait may have found another run at work.
  const odd = reports.flatMap(failures).filter((error) => !/another run is changing this host/.test(error))
  expect(odd).toEqual([])
  expect(reports.slice(0, 6).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0])
  // Whoever did not wait may have lost its turn after that, and says so.
  const made = reports
    .flatMap(notOk)
    .flatMap((line) => / (?:changed|unknown): (database onquota_db|migrations of onquota_db)$/.exec(line)?.[1] ?? [])
  expect(made.toSorted()).toEqual(['database onquota_db', 'migrations of onquota_db'])
  for (const inventory of inventories) {
    expect((await runVerb('provision', { inventory })).exitCode).toBe(0)
    expect(notOk(await runVerb('provision', { inventory, check: true }))).toEqual([])
  }
})
