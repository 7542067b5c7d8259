import { rootAlone } from '../../engine/owners.ts'
import { Script, sh } from '../../text/sh.ts'
import { runsFrom } from './places.ts'

/** `command`, but exit 127 and what to do where the project's script isn't on the host, 126 where others than root could change what it runs. */
export function ifInstalled(script: string, project: string, command: Script): Script {
  return Script.join([
    sh`[ -x ${script} ] || { echo ${`${script} is not there; this makes it: provision ${project}`} >&2; exit 127; }`,
    rootAlone(runsFrom(project)),
    command,
  ])
}
