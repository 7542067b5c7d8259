import { createHash } from 'node:crypto'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { EnvFile } from '../../inventory/index.ts'
import { asUser } from '../../engine/owners.ts'
import type { Text } from '../../text/secret.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import { atomicWrite } from '../common/atomic-write.ts'
import type { Context } from '../common/context.ts'
import { shownLoose, tighten } from '../common/loose.ts'
import { folderOf, ownedFileFact } from '../common/owned-file.ts'
import type { OwnedFile } from '../common/owned-file.ts'
import { isWithoutSecrets, leavesOut } from '../common/unread.ts'
import { databaseUrl } from './url.ts'
import { definesVariable, setVariables } from '../../text/dotenv.ts'

/** What earlier versions left beside the file: it holds old secrets, and only the declared variables were ever changed. */
const COPY = '.before-bitacora'

/**
 * The application's .env: only the declared variables are changed; the rest, its order, comments, owner and mode stay. All of it is read and
 * written as the owner of its folder, where root could be led elsewhere, or as the user whom the inventory names.
 */
export function envFileStep(context: Context, { path, variables, user: declared }: EnvFile): Step {
  // Of a password that was not read, only whether its variable is there can be seen.
  const unread = Object.keys(variables).filter((name) => isWithoutSecrets(context) && variables[name]!.includes('{password}'))
  const wanted = Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => !unread.includes(name))
      .map(([name, template]) => [name, databaseUrl(context, template)]),
  )
  const what = `file ${path}`
  const acts = declared === undefined ? 'owns the folder' : 'writes it'
  const names = Object.keys(variables).join(', ')
  const field = `projects.${context.project.name}.envFile`
  return step({
    project: context.project.name,
    name: 'env-file',
    needs: ['role'],
    facts: { found: ownedFileFact(path, COPY, declared) },
    plan({ found }): Change[] {
      const folder = folderOf(path)
      if (found === null)
        return [{ what, from: null, to: `with ${names}`, help: `the folder ${folder} is missing: deploy the application first` }]
      const { user, refused } = found
      if (refused !== undefined)
        return [
          {
            what: `folder of ${path}`,
            from: shownLoose(refused),
            to: `only root and ${user} can change it`,
            help: `${user} owns ${folder}, and would be led by whoever can change that place: ${tighten(refused, user)}${
              user === 'root' ? '' : `. If they may: "user": "${user}" in ${field} acts as ${user} all the same`
            }`,
          },
        ]
      return [...contentChanges(found), ...copyChanges(found)]
    },
    ...leavesOut(unread.map((name) => `the value of ${name} in ${path}`)),
  })

  function contentChanges(found: OwnedFile): Change[] {
    const { user, state } = found
    if (state === null)
      return [{ what, from: null, to: `with ${names}`, run: asOwner(user, create(setVariables('', wanted).text)) }]
    if (state.type !== 'file' || state.text === undefined) {
      const from = state.type === 'file' ? (state.why ?? 'not UTF-8 text') : state.type
      const help =
        state.type === 'symlink'
          ? `no link is followed here: write where it leads into ${field}.path (readlink -f ${path})`
          : state.why === undefined
            ? 'look at it and set the variables by hand'
            : `${user} ${acts} and can't read the file: chown ${user} ${path}`
      return [{ what, from, to: `a text file with ${names}`, help }]
    }
    const { text } = state
    const result = setVariables(text, wanted)
    const modes = modeChanges(found, state.mode)
    const changed = [...result.changed, ...unread.filter((name) => !definesVariable(text, name))]
    if (changed.length === 0) return modes
    if (state.owner !== user && user !== 'root')
      return [
        {
          what,
          from: `another ${changed.join(', ')}; of ${state.owner}`,
          to: 'as the inventory says',
          help: `${user} ${acts}, and only the file's owner could write it as it is: chown ${user} ${path}, or set ${names} by hand`,
        },
      ]
    const run = asOwner(user, replace(result.text, text))
    return [{ what, from: `another ${changed.join(', ')}`, to: 'as the inventory says', run }, ...modes]
  }

  /** Others are everybody on the host. What a group may do is somebody's decision, but for writing by one that is not the owner's own. */
  function modeChanges({ user, state }: OwnedFile, mode: string): Change[] {
    const bits = Number.parseInt(mode, 8)
    if ((bits & 0o007) !== 0) {
      const closed = (bits & 0o7770).toString(8).padStart(4, '0')
      const help = `everybody on the host can ${(bits & 0o002) === 0 ? 'read' : 'change'} it, and the password stands in it. Where the application runs as another user than ${state?.owner}, let that user's group read it: chgrp GROUP ${path} && chmod 0640 ${path}`
      const run = sh`[ -f "$name" ] && [ ! -L "$name" ]; chmod o= -- "$name"`
      const isOurs = state?.owner === user || user === 'root'
      return [{ what: `${what} mode`, from: mode, to: closed, help, ...(isOurs ? { run: asOwner(user, run) } : {}) }]
    }
    if ((bits & 0o020) !== 0 && state?.group !== state?.owner)
      return [
        {
          what: `${what} mode`,
          from: `${mode}, group ${state?.group}`,
          to: 'writable by its owner only',
          help: `whoever is in ${state?.group} can change what the application connects to: chmod g-w ${path}`,
        },
      ]
    return []
  }

  function copyChanges({ user, copy }: OwnedFile): Change[] {
    if (!copy) return []
    const help = 'an earlier version of bitacora left it there, with the passwords of that time'
    return [{ what: `${what}${COPY}`, from: 'an old copy', to: null, run: asOwner(user, sh`rm -f -- "$name"${COPY}`), help }]
  }

  /** In the folder, with `$name` for the file. Between reading and now, the folder may have become another's. */
  function asOwner(user: string, script: Script): Script {
    const same = sh`owner_of ${folderOf(path)} && [ "$owner" = ${user} ] && [ -z "$stranger" ] || { echo 'the folder changed while this run was going on; run this again' >&2; exit 1; }`
    return sh`${declared === undefined ? same : sh``}
${asUser(user, sh`cd ${folderOf(path)}; name=./${path.slice(path.lastIndexOf('/') + 1)}\n${script}`)}`
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const NAME = sh`"$name"`

/** Owned as its folder is: by who writes it. */
function create(text: Text): Script {
  return atomicWrite(NAME, text, sh`chmod 0600 -- "$t"`, '-nT')
}

/** Not if somebody has written to it since it was read. Old and new have owner, group and mode in common. */
function replace(text: Text, before: string): Script {
  return sh`[ -f "$name" ] && [ ! -L "$name" ] && [ "$(sha256sum < "$name")" = ${`${sha256(before)}  -`} ] || { echo 'the file changed while this run was going on' >&2; exit 1; }
${atomicWrite(NAME, text, sh`[ "$(id -u)" != 0 ] || chown --reference="$name" -- "$t"; chgrp --reference="$name" -- "$t"; chmod --reference="$name" -- "$t"`)}`
}
