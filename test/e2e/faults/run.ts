import type { Cause } from '../../faults/fault.ts'
import { newest } from '../../faults/files.ts'
import { must } from '../backup-script/project.ts'
import type { Attempt } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'
import type { Found } from './look.ts'
import { cutPower } from './power.ts'

const HOOK = '# put here by a fault'
/** Removes what an earlier try that was stopped may have left. */
export const removeHooks = `grep -lsx '${HOOK}' /usr/local/sbin/* | while read -r file; do /usr/bin/rm -f "$file"; done`
const hook = (program: string) => `/usr/local/sbin/${program}`
const settingsOf = (ground: Ground, cause: Cause) => ({ ...ground.settings, ...cause.settings })

/** What the last backup held: a table that only a fault has made is not missed after it. */
const rows = ({ place }: Ground) => `${place.backups}/.rows_${place.name}.json`
const keepRows = (ground: Ground) => `cp -p ${rows(ground)} /root/${ground.place.name}.rows 2>/dev/null || true`
const rowsBack = (ground: Ground) => `mv /root/${ground.place.name}.rows ${rows(ground)} 2>/dev/null || true`

/** Brings the fault about: config, programs that misbehave, preparations, and the copy on the box. */
export async function bring(ground: Ground, cause: Cause, before: Found): Promise<void> {
  await ground.project.configure(settingsOf(ground, cause))
  const hooks = Object.entries(cause.hooks ?? {}).map(([program, body]) => {
    const text = `#!/bin/bash\n${HOOK}\n${body}\nexec /usr/bin/${program} "$@"\n`
    return `echo ${Buffer.from(text).toString('base64')} | base64 -d > ${hook(program)}; chmod 755 ${hook(program)}`
  })
  must(await ground.project.host([...hooks, keepRows(ground), `cd /root; ${cause.prepare ?? 'true'}`].join('\n')))
  if (cause.onBox === undefined) return
  const [, folder = '.', name = ''] = /^(.*)\/([^/]*)$/.exec(newest(before.box)) ?? []
  must(await ground.box(`cd ${folder} && f=${name} && ${cause.onBox}`))
}

/** Runs what meets the fault. */
export function attempt(ground: Ground, cause: Cause, restores: boolean): Promise<Attempt> {
  const { place, project } = ground
  if (cause.power === true) return cutPower(ground)
  const command = cause.command ?? (restores ? place.restore : place.script)
  return project.attempt(settingsOf(ground, cause), { command: `( ${command} )` })
}

/** All as it was before the fault: programs, what was prepared, config. */
export async function undo(ground: Ground, cause: Cause): Promise<void> {
  const hooks = Object.keys(cause.hooks ?? {}).map((program) => `rm -f ${hook(program)}`)
  must(await ground.project.host([...hooks, rowsBack(ground), `cd /root; ${cause.after ?? 'true'}`].join('\n')))
  await ground.project.configure(ground.settings)
}
