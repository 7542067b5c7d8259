import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Fault } from '../../faults/fault.ts'
import { prunable } from '../../faults/files.ts'
import { saidOf } from '../../faults/said.ts'
import { stateOf } from '../../faults/state.ts'
import { ON_BOX, ON_HOST } from '../../faults/states.ts'
import { GROUPS } from '../../faults/table.ts'
import type { Attempt } from '../backup-script/project.ts'
import { makeGround } from './ground.ts'
import type { Ground } from './ground.ts'
import { left, server, serverState } from './left.ts'
import { look, seed } from './look.ts'
import type { Found } from './look.ts'
import { nextOf } from './next.ts'
import { expectStatus, recorded } from './record.ts'
import { attempt, bring, removeHooks, undo } from './run.ts'

/** Of a fault that was tried: the run that met it, for what a file asks beside the columns. */
export interface Met extends Attempt {
  ground: Ground
  /** What there was of backups after it. */
  found: Found
}

/**
 * Tries each fault of the group on real hosts, and compares every column of its row with what was found. `also` asks more of some of
 * them, by their ids.
 */
export function tryFaults(file: string, also: Record<string, (met: Met) => void | Promise<void>> = {}): void {
  const group = GROUPS.find((entry) => entry.file === file)
  if (group === undefined) throw new Error(`the table has no faults for ${file}`)
  const unknown = Object.keys(also).filter((id) => !group.faults.some((entry) => entry.id === id))
  if (unknown.length > 0) throw new Error(`no such faults: ${unknown.join()}`)
  vi.setConfig({ testTimeout: 600_000, hookTimeout: 200_000 })

  let ground: Ground
  beforeAll(async () => {
    ground = await makeGround(`bs_f${file}`, group.ground)
    await ground.project.host(removeHooks)
    expect(await ground.project.attempt(ground.settings)).toMatchObject({ code: 0, stderr: '' })
  })
  afterAll(() => ground?.remove())

  test.each(group.faults.map((entry) => [entry.id, entry] as const))('%s', async (id, entry) => {
    const { met, columns } = await meet(ground, entry)
    const { exit, stage, says, host, box, server: inServer, next } = entry
    const row = { exit, stage, says, host, box, server: inServer, behind: '', next }
    expect(columns, `the row of ${id} (-) and what was found (+); the run said:\n${met.stdout}${met.stderr}`).toEqual(row)
    expectStatus(entry, met)
    await also[id]?.(met)
  })
}

type Columns = Record<'stage' | 'says' | 'host' | 'box' | 'behind' | 'next', string> & {
  exit: number
  server: string | undefined
}

/** Tries a fault: what it says of itself, what it leaves, and how the next run goes. */
async function meet(ground: Ground, entry: Fault): Promise<{ met: Met; columns: Columns }> {
  const cause = entry.cause(ground.place)
  const restores = entry.step === 'restore'
  const before = await seed(ground, !restores)
  let again: Attempt | undefined
  let met: Met
  let columns: Omit<Columns, 'behind' | 'next'>
  try {
    await bring(ground, cause, before)
    const spoiled = cause.prepare === undefined && cause.onBox === undefined ? before : await look(ground)
    const was = restores ? await server(ground) : []
    const run = await attempt(ground, cause, restores)
    const after = await look(ground)
    const state = (side: keyof Found) => {
      const made = [...after[side].keys()].find((path) => !spoiled[side].has(path) && path.endsWith('.sql.gz')) ?? ''
      const old = prunable(spoiled[side], made, side === 'host' ? 30 : 90)
      const sides = { before: before[side], spoiled: spoiled[side], after: after[side], old }
      return stateOf(side === 'host' ? ON_HOST : ON_BOX, sides, cause.spoils)
    }
    columns = {
      ...saidOf(entry, run, await recorded(ground, cause, run, restores)),
      host: state('host'),
      box: state('box'),
      server: restores ? serverState(was, await server(ground)) : undefined,
    }
    met = { ...run, ground, found: after }
    if (cause.lasts !== undefined)
      again = await attempt(ground, typeof cause.lasts === 'string' ? { ...cause, command: cause.lasts } : cause, restores)
  } finally {
    await undo(ground, cause)
  }
  for (const secret of ground.secrets)
    expect(
      [met.stdout, met.stderr, met.log].filter((text) => text.includes(secret)),
      'a secret is shown',
    ).toEqual([])
  // What is killed, or loses its line to the box for good, leaves things to the next run.
  const behind = entry.next === 'sweeps' ? '' : `${cause.lasts === undefined ? met.leftovers : ''}${await left(ground)}`
  return { met, columns: { ...columns, behind, next: await nextOf(ground, again, restores) } }
}
