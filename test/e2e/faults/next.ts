import { prunable } from '../../faults/files.ts'
import type { Files } from '../../faults/files.ts'
import { stateOf } from '../../faults/state.ts'
import { ON_BOX, ON_HOST } from '../../faults/states.ts'
import { must } from '../backup-script/project.ts'
import type { Attempt } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'
import { left } from './left.ts'
import { look } from './look.ts'
import type { Found } from './look.ts'
import { attempt } from './run.ts'

const isGood = ({ code, stdout }: Attempt) => code === 0 && /\[done\]/.test(stdout)
const held = ({ status }: Attempt) => (status as unknown as { held: string | null } | null)?.held ?? null
const withoutPartial = (files: Files): Files => new Map([...files].filter(([path]) => !/\.part(-|$)/.test(path)))

/** What a run did that should have been good, as the states of host and box; else in words why it was not. */
async function goodRun(ground: Ground, before: Found): Promise<{ run: Attempt; state: string }> {
  const run = await attempt(ground, {}, false)
  const { code, stdout, stderr, status } = run
  const after = await look(ground)
  const made = status?.newest?.name ?? ''
  const states = (['host', 'box'] as const).map((side) => {
    const was = withoutPartial(before[side])
    const sides = { before: was, spoiled: was, after: after[side], old: prunable(was, made, side === 'host' ? 30 : 90) }
    return stateOf(side === 'host' ? ON_HOST : ON_BOX, sides)
  })
  const good = isGood(run) && stderr === '' && status?.ok === true && status.newest?.grade === 'hashed on the box'
  const behind = await left(ground)
  return {
    run,
    state: !good ? `exit ${code}: ${stderr}${stdout}` : behind === '' ? states.join(', ') : `left behind: ${behind}`,
  }
}

/**
 * Makes the next run, and says how it went, in the table's words: `again` is a run before the fault was mended, where it is one that
 * stays. For a restore that is a backup and a drill of it.
 */
export async function nextOf(ground: Ground, again: Attempt | undefined, restores: boolean): Promise<string> {
  const { run, state } = await goodRun(ground, await look(ground))
  let said = run.stdout
  const words: string[] = []
  if (again !== undefined && !isGood(again)) {
    words.push(/\[lock\]|\[failed\] lock:/.test(again.stdout + again.stderr) ? 'skipped' : 'mended')
  }
  if (held(run) !== null) {
    if (state !== 'backup, backup') return state
    must(await ground.project.run('--acknowledge'))
    const then = await goodRun(ground, await look(ground))
    if (then.state !== 'pruned, pruned' || held(then.run) !== null) return then.state
    words.push('acknowledged')
  } else if (state !== (restores ? 'backup, backup' : 'pruned, pruned')) return state
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
