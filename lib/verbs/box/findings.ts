import { asTyped } from '../../format/command.ts'
import type { ReportedChange, StepReport } from '../../engine/plan.ts'
import type { DoctorBox } from '../../steps/backup/box/doctor.ts'
import { goneHelp } from '../../steps/backup/box/gone.ts'
import type { Destination } from '../../inventory/index.ts'
import { stepOfBox } from '../../steps/backup/box-places.ts'
import { showBytes } from '../../format/units.ts'

/** What is looked at of each box, in order. */
export const ASPECTS = ['reach', 'host-key', 'login', 'room', 'folder', 'shell', 'rename', 'delete'] as const
type Aspect = (typeof ASPECTS)[number]

interface Finding {
  changes: ReportedChange[]
  note: string
  /** No finding, but better known. */
  warning?: string
}
type Look = (box: DoctorBox, place: Place) => Finding

/** Where the words of a finding take their names from. */
interface Place {
  project: string
  /** The box's name in the inventory. */
  box: string
  /** Who else owns the folder, by the text of its OWNER.json; undefined for nobody else. */
  owner: OwnerOf
}
export type OwnerOf = (text: string | null | undefined) => string | undefined

/** Steps of one box, for what its host's script found; `number` is the box's, from 1. What could not be looked at waits for what kept it. */
export function boxReports(
  project: string,
  destination: Destination,
  number: number,
  box: DoctorBox,
  owner: OwnerOf = () => undefined,
): StepReport[] {
  const blocked = blockedBy(box)
  return ASPECTS.map((aspect, index): StepReport => {
    const common = { project, step: stepOfBox(aspect, number), changes: [] }
    if (blocked !== undefined && index > ASPECTS.indexOf(blocked))
      return { ...common, status: 'skipped', reason: `waits for ${stepOfBox(blocked, number)}` }
    const { changes, note, warning } = LOOKS[aspect](box, { project, box: destination.name, owner })
    const warnings = warning === undefined ? {} : { warnings: [warning] }
    return { ...common, status: changes.length === 0 ? 'ok' : 'drift', changes, note, ...warnings }
  })
}

/** The first thing without which the rest can't be looked at. */
function blockedBy({ ports: [configured], opened, folder, unread, ...box }: DoctorBox): Aspect | undefined {
  if (configured?.reached !== true) return 'reach'
  if (configured.key !== 'pinned') return 'host-key'
  if (opened !== true) return 'login'
  return folder === 'there' && unread === undefined && box.files !== undefined ? undefined : 'folder'
}

const person = (what: string, from: string | null, to: string, help: string): ReportedChange => ({
  what,
  from,
  to,
  manual: true,
  help,
})

const LOOKS: Record<Aspect, Look> = {
  reach({ host, ports }, { box }) {
    const [configured, ...others] = ports
    const say = ({ port, reached, error }: DoctorBox['ports'][number]) =>
      reached ? `port ${port} answers` : `port ${port}: ${error ?? 'not reached'}`
    const note = ports.map(say).join('; ')
    if (configured === undefined || configured.reached) return { changes: [], note }
    const open = others.find(({ reached }) => reached)
    const help = [
      `see that a firewall lets the host out to port ${configured.port}`,
      configured.port === 23
        ? 'on a Hetzner Storage Box, switch on SSH support and external reachability in its console'
        : undefined,
      open === undefined
        ? undefined
        : `port ${open.port} answers, with the key ${open.shown ?? 'unknown'}: boxes.${box}.port can name that one, with its own host key`,
    ]
    const text = help.filter((part) => part !== undefined).join('; ')
    return { changes: [person(`port ${configured.port} of ${host}`, configured.error, 'answers', text)], note }
  },

  'host-key'({ host, pinned, ports: [configured, ...others] }, { project, box }) {
    if (configured === undefined) return { changes: [], note: '' }
    const note = [
      `${configured.shown ?? 'none'}, as pinned`,
      ...others.flatMap(({ port, reached, key, shown }) =>
        !reached || key === 'pinned' ? [] : [`port ${port} shows ${shown ?? 'none'}, so nothing was sent there`],
      ),
    ].join('; ')
    if (configured.key === 'pinned') return { changes: [], note }
    const what = `host key of ${host} port ${configured.port}`
    if (pinned === null)
      return {
        changes: [
          person(
            what,
            'none is pinned on the host',
            'pinned',
            `nothing was sent; this pins the inventory's: provision ${project}`,
          ),
        ],
        note,
      }
    const help = `nothing was sent to it. Compare the key with what the box's provider publishes: if it is the new one, write it to boxes.${box}.hostKey and run provision ${project}; if not, somebody stands between the host and the box`
    return { changes: [person(what, configured.shown ?? configured.error, `${pinned}, as pinned`, help)], note }
  },

  login({ user, host, opened, error, ports: [configured] }, { project, box }) {
    const tries = [
      {
        way: 'password',
        result: configured?.password ?? null,
        help: `set the box's password to what boxes.${box}.password holds, or the other way round, then run provision ${project}`,
      },
      {
        way: 'key',
        result: configured?.identity ?? null,
        help: `put the public half of boxes.${box}.key into .ssh/authorized_keys on the box: in OpenSSH's format for port 23, in RFC 4716's for port 22`,
      },
    ].filter(({ result }) => result !== null)
    const changes = tries.flatMap(({ way, result, help }) =>
      result?.ok === true ? [] : [person(`login of ${user} by ${way}`, result?.error ?? null, 'lets us in', help)],
    )
    if (opened === false && changes.length < tries.length)
      changes.push(
        person(
          `login of ${user}@${host} as uploads do it`,
          error,
          'lets us in',
          'look again: boxes take few connections at a time',
        ),
      )
    return { changes, note: `${user} by ${tries.map(({ way }) => way).join(' and by ')}` }
  },

  room({ host, space, newest }, { project }) {
    if (space == null) return { changes: [], note: 'the box does not tell' }
    const note = `${showBytes(space.free)} free of ${showBytes(space.size)}`
    const needed = 2 * (newest?.bytes ?? 0)
    if (space.free > needed) return { changes: [], note }
    const help = `old backups must go or the box must grow: lower projects.${project}.backup.keepRemoteDays, or take a larger box`
    return { changes: [person(`room on ${host}`, note, `room for two more backups, ${showBytes(needed)}`, help)], note }
  },

  folder({ remoteDirectory, folder, unread, files, newest, owner, gone, partials = [], strays }, { project, owner: ownerOf }) {
    if (folder !== 'there' || unread !== undefined || files === undefined) {
      const from = unread ?? (folder === 'absent' ? 'not there' : 'cannot be listed')
      const help = `the first backup makes it: ${asTyped(['backup', project])}; if that fails, see that the account may write to the folder above it`
      return { changes: [person(`folder ${remoteDirectory}`, from, 'there', help)], note: '' }
    }
    const running = partials.filter((partial) => partial.running).length
    const note = [
      `${files.complete} backups (${files.proven} restored as proof), ${files.count} files, ${showBytes(files.bytes)}`,
      newest == null ? 'no backup yet' : `newest ${newest.name}`,
      files.incomplete > 0 && `${files.incomplete} never complete, pruned by age`,
      files.otherBackups > 0 && `${files.otherBackups} files of other databases' backups, left alone`,
      running > 0 && `${running} partial files of a run that is going on`,
    ].filter((part) => part !== false)
    const changes = [
      ...ownerChanges(remoteDirectory, ownerOf(owner), project),
      ...(gone == null ? [] : [person(`backups in ${remoteDirectory}`, gone.text, 'all that were uploaded', goneHelp(project))]),
      ...partialChanges(partials, project),
      ...strayChanges(remoteDirectory, strays),
    ]
    return { changes, note: note.join('; ') }
  },

  shell({ shell, sha256sum }) {
    if (sha256sum === true) return { changes: [], note: 'sha256sum runs there' }
    return {
      changes: [],
      note: `${shell === true ? 'a shell, but no sha256sum' : 'no shell, SFTP alone'}: each upload is downloaded again to be hashed; on a Hetzner Storage Box, port 23 with SSH support switched on in its console spares that`,
    }
  },

  rename({ remoteDirectory, mayWrite, refusal, mayRename, mayRenameOver }) {
    if (mayWrite !== true) {
      const help = 'see whether the quota is full, and whether the account is set to read only in the console'
      return { changes: [person(`writing to ${remoteDirectory}`, refusal ?? 'refused', 'allowed', help)], note: '' }
    }
    const over =
      mayRenameOver === true ? 'also over a file that is there' : 'but not over a file that is there, which no upload needs'
    if (mayRename === true) return { changes: [], note: `to a new name, ${over}` }
    const help = 'an upload gets its name only when its checksum is right, which needs a rename: give the account the right to it'
    return { changes: [person(`renaming in ${remoteDirectory}`, 'refused', 'allowed', help)], note: '' }
  },

  delete({ mayDelete, scratchLeft = 0 }) {
    const left = scratchLeft > 0 ? `; of this look's own files ${scratchLeft} had to stay, .bitacora-doctor-…` : ''
    if (mayDelete === true) {
      const warning = `allowed, so whoever has this credential can wipe all backups: one sub-account per project, and snapshots on in the box's console${left}`
      return { changes: [], note: warning, warning }
    }
    if (mayDelete !== false) return { changes: [], note: 'not tried, since nothing can be written' }
    return {
      changes: [],
      note: `refused: safe from whoever has this credential, but pruning must be done by the box or by another account${left}`,
    }
  },
}

const LISTED = 5

function partialChanges(partials: NonNullable<DoctorBox['partials']>, project: string): ReportedChange[] {
  const help = `the next backup removes it, or one of the next two days: ${asTyped(['backup', project])}`
  return partials
    .filter(({ running }) => !running)
    .slice(0, LISTED)
    .map((partial) => person(`partial file ${partial.path}`, `${showBytes(partial.bytes)} of a run that was ended`, 'gone', help))
}

function ownerChanges(folder: string, owner: string | undefined, project: string): ReportedChange[] {
  if (owner === undefined) return []
  const help = `uploads to it are refused until this is settled: give one of the two another backup.remoteDirectory; or, if this host takes over from that one, provision ${project} --from-backup on an empty database takes the folder over`
  return [person(`folder ${folder}`, `belongs to ${owner}`, "this host's", help)]
}

function strayChanges(folder: string, strays: DoctorBox['strays']): ReportedChange[] {
  if (strays === undefined || strays.count === 0) return []
  const names = strays.first.slice(0, LISTED).map(({ path }) => path.slice(folder.length + 1))
  const more = strays.count - names.length
  const help = 'they belong to no backup, and nothing here ever removes them: look at them, and move or remove them with sftp'
  return [person(`strays in ${folder}`, `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`, 'backups only', help)]
}
