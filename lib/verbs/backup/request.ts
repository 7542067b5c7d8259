import { remotePath } from '../../inventory/paths.ts'
import { flag, text } from '../../run/option.ts'
import type { ValuesOf } from '../../run/option.ts'
import { UsageError } from '../../run/usage.ts'
import { quote } from '../../text/quoting.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'

export const OPTIONS = {
  prune: flag('make no backup, but remove what is old now, as a run does at its end'),
  check: flag('with --prune: only say what would be removed and why'),
  acknowledge: flag(
    'make no backup, but take what was unusual, and pauses pruning, as right, and copies that are gone from the box as removed on purpose; it prints all that it accepts; only one project at a time',
  ),
  adopt: text(
    'FILE',
    `make no backup, but take in a dump of this project's database that was made by hand: an absolute path on the host. It counts as "dumped only", is kept and pruned like all others; only one project at a time`,
    (path) => (remotePath.safeParse(path).success ? undefined : remotePath.description),
  ),
  adoptBox: flag(
    "make no backup, but vouch for what lies on the first box: copies whose checksum there is the one in their manifest are restored from and pruned like the host's own from then on, whoever made them; only one project at a time",
  ),
} as const

/** What is asked of the host's backup script. */
export interface Request {
  step: string
  flags: string[]
  change: (project: string) => { what: string; from: null; to: string }
  /** `gone`: arguments that name backups which are gone from a box. */
  command: (script: string, gone: readonly string[]) => Script
  /** Which are gone has to be found out before. */
  acceptsGone?: boolean
  /** Seconds. */
  deadline: number
  /** It changes nothing. */
  looks: boolean
  /** What it prints is what was asked for; else its last line tells of all. */
  isList: boolean
}

const HOUR = 3600

/** Throws a UsageError for options that don't go together. */
export function requestOf(asked: ValuesOf<typeof OPTIONS> & { projects?: readonly string[] | undefined }): Request {
  const { prune = false, check = false, acknowledge = false, adopt, adoptBox = false, projects = [] } = asked
  const one = (name: string, why: string) => {
    if (projects.length !== 1) throw new UsageError(`${name} takes one project: ${why}`)
  }
  if (acknowledge) one('--acknowledge', 'look at its size first, then name it')
  if (prune && acknowledge) throw new UsageError('either --prune or --acknowledge, not both at once')
  if (adopt !== undefined) {
    if (prune || acknowledge) throw new UsageError('--adopt goes with neither --prune nor --acknowledge')
    one('--adopt', 'the one whose database the dump holds; name it')
  }
  if (adoptBox) {
    if (prune || acknowledge || adopt !== undefined)
      throw new UsageError('--adopt-box goes with none of --prune, --acknowledge and --adopt')
    one('--adopt-box', 'name it')
  }
  if (check && !prune) throw new UsageError('--check goes with --prune: it says what would be removed, and why')
  if (acknowledge)
    return {
      step: 'acknowledge',
      flags: ['--acknowledge'],
      change: (project) => ({ what: `size of ${project}`, from: null, to: 'taken as right' }),
      command: (script, gone) => sh`${script} --acknowledge ${gone}`,
      acceptsGone: true,
      deadline: HOUR,
      looks: false,
      isList: true,
    }
  if (adopt !== undefined)
    return {
      step: 'adopt',
      flags: ['--adopt', quote(adopt)],
      change: (project) => ({ what: `${adopt} as a backup of ${project}`, from: null, to: 'recorded as dumped, not proven' }),
      command: (script) => sh`${script} --adopt ${adopt}`,
      deadline: 2 * HOUR,
      looks: false,
      isList: false,
    }
  if (adoptBox)
    return {
      step: 'adopt',
      flags: ['--adopt-box'],
      change: (project) => ({ what: `backups of ${project} on the box`, from: null, to: 'recorded as made by this host' }),
      command: (script) => sh`${script} --adopt-box`,
      deadline: 12 * HOUR,
      looks: false,
      isList: false,
    }
  if (prune)
    return {
      step: 'prune',
      flags: ['--prune', ...(check ? ['--check'] : [])],
      change: (project) => ({ what: `old backups of ${project}`, from: null, to: check ? 'listed' : 'removed' }),
      command: (script) => (check ? sh`${script} --prune --check` : sh`${script} --prune`),
      deadline: 2 * HOUR,
      looks: check,
      isList: check,
    }
  return {
    step: 'backup',
    flags: [],
    change: (project) => ({ what: `backup of ${project}`, from: null, to: 'made, uploaded, and equal on the box' }),
    command: (script) => sh`${script}`,
    deadline: 12 * HOUR,
    looks: false,
    isList: false,
  }
}
