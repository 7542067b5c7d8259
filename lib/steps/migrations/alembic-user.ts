import type { Migrations } from '../../inventory/index.ts'
import { declaredOwner } from '../../engine/owners.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import { tighten } from '../common/loose.ts'
import type { Code } from './revisions.ts'

/**
 * What Python runs or reads besides the project's folder: the program, where it isn't found on the PATH, files that the command or
 * ALEMBIC_CONFIG names, and the folders of PYTHONPATH.
 */
export function alembicPaths({ directory, command, env }: Migrations): string[] {
  const [program = '', ...words] = command
  const config = env['ALEMBIC_CONFIG']
  const path = env['PYTHONPATH']
  const folders = typeof path === 'string' ? path.split(':').filter((part) => part !== '') : []
  const named = [...words, ...(typeof config === 'string' ? [config] : [])].filter((word) => /^\/[\w./@+-]+$/.test(word))
  return [...(program.includes('/') ? [program] : []), ...named, ...folders].map((one) =>
    one.startsWith('/') ? one : `${directory}/${one}`,
  )
}

/**
 * Sets `owner` to who reads and runs the project's code: `migrations.user`, else the owner of the folder. Where others than root and that
 * user could change the code or lead us elsewhere, a fact ends with a line that says so, and a run fails. For root that goes as deep as
 * Python would: three folders for a fact, which is asked each time, all of them before a run.
 */
export function whoRuns(migrations: Migrations, use: 'fact' | 'run'): Script {
  const { directory, user } = migrations
  if (user !== undefined)
    return sh`${declaredOwner(user, 'migrations.user')}
${use === 'fact' ? sh`[ -d ${directory} ] || exit 0` : sh``}`
  const paths = alembicPaths(migrations)
  const refuse =
    use === 'fact'
      ? sh`{ printf 'as %s\\nrefused %s\\n' "$owner" "$stranger"; exit 0; }`
      : sh`{ printf 'others than %s could change what would run: %s\\n' "$owner" "$stranger" >&2; exit 1; }`
  const also = paths.length === 0 ? sh`` : sh`[ -n "$stranger" ] || stranger=$(loose root ${paths})\n`
  return sh`owner_of ${directory} || ${use === 'fact' ? sh`exit 0` : sh`{ echo 'the folder is gone' >&2; exit 1; }`}
if [ "$owner" = root ]; then
${also}[ -n "$stranger" ] || stranger=$(loose_below ${use === 'fact' ? sh`${directory} -maxdepth 3` : sh`${[directory, ...paths]}`})
fi
stranger=\${stranger%%
*}
[ -z "$stranger" ] || ${refuse}`
}

/** Why the code is not run as things are, with the way out; undefined where it can be. */
export function keptFromRunning(project: string, code: Code): { to: string; help: string } | undefined {
  const field = `projects.${project}.migrations.user`
  const { user, refused, denied } = code
  if (refused !== undefined) {
    const { mode, owner, group, path } = refused
    const seen = mode === '?' ? 'cannot be checked' : `is ${mode} ${owner}:${group}`
    return {
      to: user === 'root' ? 'code that only root can change' : `code that only root and ${user} can change`,
      help: `Alembic would run as ${user}, who owns the folder, and ${path} ${seen}: whoever can change it would act as ${user}. Name the user that the application runs as in ${field}, or take the place back: ${tighten(refused, user === 'UNKNOWN' ? 'root' : user)}. ${field}: "${user}" runs it as ${user} all the same`,
    }
  }
  if (denied !== undefined) {
    const word = /^[\w./@+-]+$/.test(denied) ? denied : `'${denied}'`
    return {
      to: `code that ${user} can read and run`,
      help: `Alembic runs as ${user}, who may not use ${denied}: let ${user} in (namei -l ${word} shows where it ends; chgrp and chmod g+rX, or chmod o+x on a folder above), move a virtualenv out of /root, or name another user in ${field}`,
    }
  }
  return undefined
}
