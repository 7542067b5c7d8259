import { z } from 'zod'
import { fileFact, textFact } from '../../engine/fact.ts'
import type { FileState } from '../../engine/file.ts'
import { step } from '../../engine/step.ts'
import type { Change, Step } from '../../engine/step.ts'
import type { Host } from '../../inventory/index.ts'
import { sh } from '../../text/sh.ts'
import { parseLoose, shownLoose, tighten } from '../common/loose.ts'
import type { Loose } from '../common/loose.ts'
import { BACKUP_DIR, BACKUP_DIRECTORIES, CONFIGS } from './places.ts'

const places = z.string().transform((output) => {
  const lines = output.split('\n').filter((line) => line !== '')
  // Paths have folders above them in common.
  const after = (word: string) =>
    [...new Set(lines)].filter((line) => line.startsWith(word)).map((line) => line.slice(word.length))
  return { loose: after('loose ').map(parseLoose), acl: after('acl '), isLink: lines.includes('link') }
})

/** For hosts without the package acl: removexattr(2) by its number, of x86-64 and arm64; 61 is ENODATA, none there. */
const REMOVE_ACL = `my $n = { x86_64 => 197, aarch64 => 14 }->{(split " ", qx(uname -m))[0]} or die "install the package acl\\n";
for ("access", "default") { my $name = "system.posix_acl_$_"; syscall($n, $ARGV[0], $name) == 0 or $! == 61 or die "$!\\n" }`

const NOTHING = { loose: [], acl: [], isLink: false }

interface Wanted {
  path: string
  mode: string
}

/**
 * The folders of the backup system, which root reads and runs things from: only root may change them, and all that lies above them. What is
 * ours is taken back; what lies above is for a person. Reading by others is left as it was found, but for the folder of the configs.
 */
export function directoriesStep({ name, backupDirectory }: Pick<Host, 'name' | 'backupDirectory'> = { name: '' }): Step {
  const wanted: Wanted[] = BACKUP_DIRECTORIES.map(({ path, mode }) => ({
    path: path === BACKUP_DIR ? (backupDirectory ?? path) : path,
    mode,
  }))
  const paths = wanted.map(({ path }) => path)
  return step({
    project: null,
    name: 'directories',
    needs: [],
    facts: {
      ...Object.fromEntries([...paths, BACKUP_DIR].map((path) => [path, fileFact(path)])),
      // `ls` marks an ACL by a plus sign.
      places: textFact(
        places.nullable(),
        sh`loose root ${paths} | while IFS= read -r l; do printf 'loose %s\\n' "$l"; done
ls -ld -- ${paths} 2>/dev/null | while read -r m rest; do case $m in *+) printf 'acl /%s\\n' "\${rest#*/}" ;; esac; done
[ ! -L ${BACKUP_DIR} ] || [ ! ${BACKUP_DIR} -ef ${backupDirectory ?? '/nonexistent'} ] || echo link`,
      ),
    },
    plan(all) {
      const found = all as unknown as Record<string, FileState | null>
      const { loose, acl, isLink } = (all as unknown as { places: z.output<typeof places> | null }).places ?? NOTHING
      return [
        ...loose.filter(({ path }) => !paths.includes(path)).map((one) => above(one)),
        ...wanted.flatMap((one) => directoryChanges(one, found[one.path] ?? null, acl.includes(one.path), name)),
        ...(backupDirectory === undefined ? [] : linkChanges(backupDirectory, found[BACKUP_DIR] ?? null, isLink, name)),
      ]
    },
  })
}

/** Not ours to change: somebody else's things may rely on it. */
function above(one: Loose): Change {
  return {
    what: `directory ${one.path}`,
    from: shownLoose(one),
    to: 'only root can change it',
    help: `root's backups run from below it, so whoever can change it can become root: ${tighten(one)}`,
    blocks: true,
  }
}

function directoryChanges({ path, mode }: Wanted, state: FileState | null, hasAcl: boolean, host: string): Change[] {
  const what = `directory ${path}`
  if (state === null)
    return [
      {
        what,
        from: null,
        to: `root, ${mode}`,
        run: sh`mkdir -p -- ${path}; chown root:root -- ${path}; chmod ${mode} -- ${path}`,
      },
    ]
  if (state.type !== 'directory') {
    const link = path === BACKUP_DIR && state.type === 'symlink'
    const help = link
      ? `where it is meant to lead to a larger disk, say so: hosts.${host}.backupDirectory is the folder there. Else move it away, and run this again`
      : 'something else lies there: look at it, move it away, and run this again'
    return [{ what, from: state.type, to: 'directory', help, blocks: true }]
  }
  // What leads here is root's own by now, so nobody can put a link in its place.
  const here = sh`[ -d ${path} ] && [ ! -L ${path} ]`
  const bits = Number.parseInt(state.mode, 8)
  const allowed = path === CONFIGS ? Number.parseInt(mode, 8) | 0o7000 : 0o7755
  const closed = (bits & allowed).toString(8).padStart(4, '0')
  const changes: Change[] = []
  // A group that may only read what lies there stays, but for the configs.
  if (state.owner !== 'root' || (state.group !== 'root' && path === CONFIGS))
    changes.push({
      what: `${what} owner`,
      from: `${state.owner}:${state.group}`,
      to: 'root:root',
      run: sh`${here}; chown -h root:root -- ${path}`,
      help: `root runs and reads what lies there, so whoever owns it could become root`,
    })
  if (hasAcl)
    changes.push({
      what: `${what} ACL`,
      from: 'more users by an ACL',
      to: 'none',
      run: sh`${here}
if command -v setfacl >/dev/null; then setfacl -b -k -- ${path}; else perl -e ${REMOVE_ACL} ${path}; fi`,
      help: `getfacl ${path} shows it; without the package acl: apt-get install acl. To let others read, use the folder's group: chgrp GROUP ${path}`,
    })
  if (closed !== state.mode.padStart(4, '0'))
    changes.push({ what: `${what} mode`, from: state.mode, to: closed, run: sh`${here}; chmod ${closed} -- ${path}` })
  return changes
}

function linkChanges(target: string, state: FileState | null, isLink: boolean, host: string): Change[] {
  const what = `link ${BACKUP_DIR}`
  if (isLink) return []
  if (state === null) return [{ what, from: null, to: target, run: sh`ln -sT -- ${target} ${BACKUP_DIR}` }]
  const help =
    state.type === 'directory'
      ? `move what lies there to ${target}, and make it a link: ln -sT ${target} ${BACKUP_DIR}; or take hosts.${host}.backupDirectory out`
      : `it leads elsewhere: correct hosts.${host}.backupDirectory, or the link`
  return [{ what, from: state.type, to: target, help, blocks: true }]
}
