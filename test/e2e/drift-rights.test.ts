import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import type { RunReport } from '../../lib/index.ts'
import { DATABASE_ROWS, DATABASE_ROWS_FOR_A_PERSON } from './rights/database-rows.ts'
import { ROLE_ROWS, ROLE_ROWS_FOR_A_PERSON } from './rights/role-rows.ts'
import { CLEAR, PREPARE } from './rights/row.ts'
import type { Plan, RightsRow } from './rights/row.ts'
import { LAB, failures, notOk, runVerb, writeInventory } from './support/run.ts'

/** Ownership last: it maps the privileges of the former owner. */
const FIXED: readonly RightsRow[] = [...ROLE_ROWS, ...DATABASE_ROWS]
const LEFT: readonly RightsRow[] = [...ROLE_ROWS_FOR_A_PERSON, ...DATABASE_ROWS_FOR_A_PERSON]

let lab: Lab
let onquota: { inventory: string; projects: string[] }

beforeAll(async () => {
  lab = await openLab(LAB)
  const inventory = JSON.parse(readFileSync(lab.inventoryFile, 'utf8'))
  inventory.projects.onquota.database.settings = { statement_timeout: '30s', search_path: 'app, "Mixed Case", public' }
  onquota = { inventory: writeInventory(lab, 'rights', inventory), projects: ['onquota'] }
  expect(failures(await runVerb('provision', onquota))).toEqual([])
  await psql(`${CLEAR}\n${PREPARE}`)
})

afterAll(async () => {
  await psql(`${CLEAR}\nALTER ROLE onquota_user RESET statement_timeout; ALTER ROLE onquota_user RESET search_path;`)
  expect(failures(await runVerb('provision', { projects: ['onquota'] }))).toEqual([])
})

async function psql(input: string): Promise<void> {
  const { code, stderr } = await execIn(lab, 'vps', `cd /; su postgres -c 'psql -Xq -v ON_ERROR_STOP=1' <<'end'\n${input}\nend`)
  expect(`${code} ${stderr}`, input).toMatch(/^0 /)
}

/** What the steps of rights plan, or have done. */
function planned(report: RunReport): Plan[] {
  return report.hosts
    .flatMap((host) => host.steps)
    .filter(({ step, project }) => project === 'onquota' && plans.some((plan) => plan.step === step))
    .flatMap(({ step, changes }) =>
      changes.map(({ what, from, to, manual }): Plan => ({ step, what, from, to, by: manual === true ? 'person' : 'run' })),
    )
}

const plans = [...FIXED, ...LEFT].flatMap((row) => row.plans)
const sorted = (all: readonly Plan[]) => all.toSorted((a, b) => (a.what < b.what ? -1 : 1))

test('a first list of settings converges', async () => {
  expect(notOk(await runVerb('provision', { ...onquota, check: true }))).toEqual([])
})

test('every change that a run may fix is named by the check, all are fixed by one run, in one round', async () => {
  await psql(FIXED.map(({ sql }) => sql).join('\n'))
  const check = await runVerb('provision', { ...onquota, check: true })
  expect(check.exitCode).not.toBe(0)
  expect(sorted(planned(check))).toEqual(sorted(FIXED.flatMap((row) => row.plans)))
  const report = await runVerb('provision', onquota)
  expect(failures(report)).toEqual([])
  expect(report.exitCode).toBe(0)
  expect(notOk(await runVerb('provision', { ...onquota, check: true }))).toEqual([])
})

test('what a person must decide is reported with the way out, left as it is, and stops nothing else', async () => {
  await psql(LEFT.map(({ sql }) => sql).join('\n'))
  await psql('ALTER ROLE onquota_user SUPERUSER;')
  const report = await runVerb('provision', onquota)
  expect(report.exitCode).toBe(1)
  expect(failures(report)).toEqual([])
  const left = sorted(LEFT.flatMap((row) => row.plans))
  const superuser = { step: 'role', what: 'role onquota_user SUPERUSER', from: true, to: false, by: 'run' }
  expect(sorted(planned(report))).toEqual(sorted([...left, superuser as Plan]))
  for (const change of report.hosts.flatMap((host) => host.steps).flatMap(({ changes }) => changes)) {
    if (change.manual === true) expect(change.help, change.what).toMatch(/[A-Z]{5,} |"adopt"/)
  }
  await psql(LEFT.flatMap(({ undo }) => undo ?? []).join('\n'))
  expect(notOk(await runVerb('provision', { ...onquota, check: true }))).toEqual([])
})
