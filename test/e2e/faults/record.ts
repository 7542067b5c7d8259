import { expect } from 'vitest'
import type { Cause, Fault } from '../../faults/fault.ts'
import { must } from '../backup-script/project.ts'
import type { Attempt } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'

/** What a run records of itself. */
export interface Recorded {
  ok: boolean
  stage: string
  error: string | null
}

/** The status of a backup, the result of a drill or a restore. A drill's stands in the status too. */
export async function recorded(ground: Ground, cause: Cause, run: Attempt, restores: boolean): Promise<Recorded | null> {
  if (!restores || run.code === 137) return run.status
  const text = must(await ground.project.host(`cat /run/postgres-backup/${ground.place.name}.restore.json`)).stdout
  const result = JSON.parse(text) as Recorded & { kind: string; tested: boolean }
  const { proof } = run.status as unknown as { proof: Recorded }
  // A request that is refused says nothing of a backup, and so leaves the proof of before.
  if (result.kind === 'drill' && result.tested && cause.settings === undefined)
    expect(proof, 'the proof in the status').toEqual(result)
  return result
}

/** That the status says of the newest backup what the row says of host and box. */
export function expectStatus({ id, exit, stage, host, box, step }: Fault, { before, status }: Attempt): void {
  const says = `${id}: the status`
  if (step === 'restore') {
    const besides = { proof: null, proofs: null }
    expect({ ...status, ...besides }, says).toEqual({ ...before, ...besides })
  } else if (stage === 'lock' && exit === 0) {
    expect({ ...status, skipped: 0 }, says).toEqual({ ...before, skipped: 0 })
    expect(status?.skipped, says).toBe((before?.skipped ?? 0) + 1)
  } else if (exit === 137 || exit === 2 || stage === 'config') {
    // Nobody wrote it: what it says is the run's before.
    expect(status, says).toEqual(before)
  } else {
    const onBox = ['backup', 'pruned', 'bare'].includes(box)
    expect(status, says).toMatchObject({ ok: exit === 0, exitCode: exit })
    if (onBox) expect(status?.newest, says).toMatchObject({ grade: 'hashed on the box' })
    else if (host === 'backup') expect(status?.newest, says).toMatchObject({ grade: 'hashed', remotePath: null })
    else expect(status?.newest, says).toEqual(before?.newest)
  }
}
