import { valueOf } from '../../engine/answer.ts'
import { read } from '../../engine/read.ts'
import type { Connection } from '../../host/connection.ts'
import type { Project } from '../../inventory/index.ts'
import type { Group } from '../../run/run.ts'
import { boxAccesses } from '../../steps/backup/box/access.ts'
import { goneFrom } from '../../steps/backup/box/gone.ts'
import { boxFact } from '../../steps/backup/box/look.ts'
import type { BoxLook } from '../../steps/backup/box/look.ts'
import { ledgerFact } from '../../steps/backup/ledger-fact.ts'
import type { Ledger } from '../../steps/backup/ledger-fact.ts'
import { pausedFact } from '../../steps/backup/on-host.ts'

/** What a person accepts with --acknowledge besides what pauses pruning. */
export interface Accepted {
  /** The script's arguments: `--gone BOX NAME` for each of this host's backups that is gone from a box. */
  arguments: string[]
  /** Why that is not known of some box. */
  notChecked: string | undefined
  /** Pruning is paused: there is something else to accept. */
  isPaused: boolean
}

/** Looks at the boxes for backups that are gone from there. A box that is away keeps nothing else from being accepted. */
export async function goneOnBoxes(
  connection: Connection,
  project: Project,
  { host, masker }: Pick<Group, 'host' | 'masker'>,
): Promise<Accepted> {
  const facts = { boxes: boxFact(boxAccesses(project)), ledger: ledgerFact(project.name), paused: pausedFact(project.name) }
  const { answers } = await read(connection, Object.values(facts), host.postgresql.port, masker)
  const [boxes, ledger, paused] = [facts.boxes, facts.ledger, facts.paused].map((fact) => answers.get(fact))
  const isPaused = valueOf(paused) !== null
  const failed = [boxes, ledger].find((answer) => answer === undefined || 'error' in answer)
  if (failed !== undefined && 'error' in failed) return { arguments: [], notChecked: failed.error, isPaused }
  const looks = (boxes as { value: BoxLook[] }).value
  const known = (ledger as { value: Ledger | null }).value
  const away = looks.flatMap((look) => (look.error === null ? [] : [`${labelOf(look, looks.length)}: ${look.error}`]))
  return {
    arguments: looks.flatMap((look) => {
      if (look.error !== null) return []
      const gone = goneFrom(look.listing, look.box, { ledger: known, uploading: look.uploading, now: new Date() })
      return (gone?.names ?? []).flatMap((name) => ['--gone', String(look.box.number), name])
    }),
    notChecked: away.length === 0 ? undefined : away.join('; '),
    isPaused,
  }
}

const labelOf = ({ box: { number, user, address } }: BoxLook, count: number) =>
  `${count > 1 ? `box ${number}, ` : ''}${user}@${address}`
