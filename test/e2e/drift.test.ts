import { beforeAll, describe, expect, test } from 'vitest'
import { BRING_TABLE_BACK, MEDDLING } from '../lab/meddling.ts'
import { execIn, openLab } from '../lab/index.ts'
import type { Lab } from '../lab/index.ts'
import { LAB, notOk, runVerb } from './support/run.ts'

let lab: Lab
const onquota = { projects: ['onquota'] }

beforeAll(async () => {
  lab = await openLab(LAB)
  expect(notOk(await runVerb('provision', onquota)).filter((line) => !line.includes('changed'))).toEqual([])
})

async function onVps(script: string): Promise<void> {
  const { code, stderr } = await execIn(lab, 'vps', script)
  expect(`${code} ${stderr}`).toMatch(/^0 /)
}

const project = (step: string) => (step === 'package' ? step : `onquota/${step}`)

describe('each drift alone is named by a check that ends with 2', () => {
  test.each(MEDDLING.filter(({ mended }) => mended))('$name is mended', async ({ script, step, expect: what }) => {
    await onVps(script)
    const check = await runVerb('provision', { ...onquota, check: true })
    expect(check.exitCode).toBe(2)
    expect(notOk(check)).toEqual([`${project(step)} drift: ${what}`])
    const mended = await runVerb('provision', onquota)
    expect(mended.exitCode).toBe(0)
    expect(notOk(mended)).toEqual([`${project(step)} changed: ${what}`])
    expect(notOk(await runVerb('provision', { ...onquota, check: true }))).toEqual([])
  })
})

describe('all at once, with a dropped table among them', () => {
  test('the check names all six', async () => {
    for (const { script } of MEDDLING) await onVps(script)
    const check = await runVerb('provision', { ...onquota, check: true })
    expect(check.exitCode).toBe(2)
    expect(notOk(check).toSorted()).toEqual(
      MEDDLING.map(({ step, expect: what }) => `${project(step)} drift: ${what}`).toSorted(),
    )
  })

  test('the run mends all but the table, names it with the ways out, and ends with 1', async () => {
    const report = await runVerb('provision', onquota)
    expect(report.exitCode).toBe(1)
    const left = report.hosts.flatMap((host) => host.steps).filter((step) => step.status === 'drift')
    expect(left).toHaveLength(1)
    expect(left[0]?.changes).toMatchObject([
      {
        what: 'table swot_items',
        from: null,
        manual: true,
        next: ['restore', 'onquota', '--table', 'swot_items'],
      },
    ])
    expect(notOk(report).filter((line) => line.includes(' changed'))).toHaveLength(MEDDLING.length - 1)
    expect((await runVerb('verify', onquota)).exitCode).toBe(2)
  })

  test('once a person has brought the table back, nothing is left', async () => {
    for (const line of BRING_TABLE_BACK) await onVps(line)
    expect(notOk(await runVerb('verify', onquota))).toEqual([])
  })
})
