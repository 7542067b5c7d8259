import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach } from 'vitest'
import { apply } from '../../lib/engine/apply.ts'
import type { ApplyOptions } from '../../lib/engine/apply.ts'
import type { Machine } from '../../lib/engine/machine.ts'
import type { Planned } from '../../lib/engine/plan.ts'
import type { Change, Step } from '../../lib/engine/step.ts'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import type { Script } from '../../lib/text/sh.ts'
import { fixed, localMachine } from './support.ts'

/** A folder of their own for a file's tests, with a lock file and a log of what ran, and what they apply. */
export function applying() {
  const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const LOCK = join(folder, 'lock')
  const LOG = join(folder, 'log')
  beforeEach(() => [LOCK, LOG].forEach((path) => writeFileSync(path, '')))

  const holder = { run: '1a2b', since: '2026-11-24T03:00:00.000Z', who: "it's@ops", task: 'provision' }
  const masker = new Masker().add(new Secret('hunter2-hünter2', 'x'))

  /** A change that leaves its name in the log. */
  const change = (what: string, run: Script = sh`true`): Change => ({
    what,
    from: null,
    to: what,
    run: sh`echo ${what} >> ${LOG}\n${run}`,
  })
  const drift = (name: string, changes: Change[], needs: string[] = [], project: string | null = null): Planned => {
    const step: Step = { ...fixed(name, changes, needs), project }
    return { step, status: 'drift', changes }
  }

  async function applied(planned: Planned[], options: Partial<ApplyOptions> = {}, machine: Machine = localMachine(LOCK)) {
    const result = await apply(machine, planned, { holder, generation: '', wait: 0, ...options }, masker)
    return result.stale
      ? 'stale'
      : result.applied.map(({ key, change: { what }, outcome, error }) => [
          key,
          what,
          outcome,
          ...(error === undefined ? [] : [error]),
        ])
  }
  /** The lock file's, as a reading would find it. */
  const lastMark = () => readFileSync(LOCK, 'utf8').trim()
  const ran = () => readFileSync(LOG, 'utf8').split('\n').slice(0, -1)
  return { folder, LOCK, LOG, holder, masker, change, drift, applied, lastMark, ran }
}
