import { prunable } from '../../faults/files.ts'
import type { Files } from '../../faults/files.ts'
import { stateOf } from '../../faults/state.ts'
import { ON_BOX, ON_HOST } from '../../faults/states.ts'
import { must } from '../backup-script/project.ts'
import type { Attempt } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'
import { left } from './left.ts'
import { look } from './look.ts'
import { attempt } from './run.ts'

const isGood = ({ code, stdout }: Attempt) => code === 0 && /\[done\]/.test(stdout)
const held = ({ status }: Attempt) => (status as unknown as { held: string | null } | null)?.held ?? null
const withoutPartial = (files: Files): Files => new Map([...files].filter(([path]) => !/\.part(-|$)/.test(path)))

/** A run that should be good: `pruned` where all that is old went, `paused` where it stayed; else in words what is wrong. */
async function goodRun(ground: Ground, restores: boolean): Promise<{ run: Attempt; state: string }> {
  const before = await look(ground)
  const run = await attempt(ground, {}, false)
  const { code, stdout, stderr, status } = run
  if (!isGood(run) || stderr !== '' || status?.ok !== true || status.newest?.grade !== 'hashed on the box')
    return { run, state: `exit ${code}: ${stderr}${stdout}` }
  const after = await look(ground)
  // What a killed drill left is the next drill's to remove.
  const behind = restores ? '' : await left(ground)
  if (behind !== '') return { run, state: `left behind: ${behind}` }
  const states = (['host', 'box'] as const).map((side) => {
    const was = withoutPartial(before[side])
    const old = prunable(was, status.newest?.name ?? '', side === 'host' ? 30 : 90)
    const state = stateOf(side === 'host' ? ON_HOST : ON_BOX, { before: was, spoiled: was, after: after[side], old })
    // Where pruning is paused, what lies on the box as well may go from the host.
    return state === 'backup' ? (old.size === 0 ? 'pruned' : 'paused') : state
  })
  return { run, state: states[0] === states[1] ? `${states[0]}` : states.join(' on the host, and on the box ') }
}

/**
 * Makes the next run, and says how it went, in the table's words: `again` is a run before the fault was mended, where it is one that
 * stays. For a restore that is a backup and a drill of it.
 */
export async function nextOf(ground: Ground, again: Attempt | undefined, restores: boolean): Promise<string> {
  const { run, state } = await goodRun(ground, restores)
  let said = run.stdout
  const words: string[] = []
  if (again !== undefined && !isGood(again)) {
    words.push(/\[lock\]|\[failed\] lock:/.test(again.stdout + again.stderr) ? 'skipped' : 'mended')
  }
  if (held(run) !== null) {
    if (state !== 'paused' && state !== 'pruned on the host, and on the box paused') return state
    must(await ground.project.run('--acknowledge'))
    const then = await goodRun(ground, restores)
    if (then.state !== 'pruned' || held(then.run) !== null) return then.state
    words.push('acknowledged')
  } else if (state !== 'pruned') return state
  if (restores) {
    const drill = await attempt(ground, {}, true)
    if (drill.code !== 0 || drill.stderr !== '') return `the drill after it: exit ${drill.code}: ${drill.stderr}${drill.stdout}`
    said += drill.stdout
    const behind = await left(ground)
    if (behind !== '') return `the drill after it left behind: ${behind}`
  }
  if (/ \[sweep\] /.test(said)) words.push('sweeps')
  return words.join(' and ') || 'good'
}
