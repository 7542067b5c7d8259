import { fullOn } from '../../steps/backup/growth.ts'
import type { Retention, Series } from '../../steps/backup/growth.ts'
import type { Project } from '../../inventory/index.ts'
import { stampOf } from '../../steps/backup/document.ts'
import type { LookDocument } from './look.ts'
import type { Problem, ProjectStatus, Space } from './types.ts'

/** A warning comes so many days before. */
const WARNING_DAYS = 30

export interface Looked {
  host: string
  project: Project
  status: ProjectStatus
  /** What the figures alone tell. */
  figures: Problem[]
  /** Undefined where the script gave no answer. */
  document: LookDocument | undefined
}

/** Says, in each project's status, when its host's disk and its boxes are full: projects that share one fill it together. Pure but for that. */
export function judgeSpace(all: readonly Looked[], now: Date): void {
  const places = new Map<
    string,
    { series: Series[]; spaces: { space: Space; looked: Looked; newest: number; where: string }[] }
  >()
  const add = (
    key: string,
    looked: Looked,
    space: Space,
    copies: LookDocument['local']['copies'],
    days: number,
    where: string,
  ) => {
    const place = places.get(key) ?? { series: [], spaces: [] }
    places.set(key, place)
    place.series.push({ samples: samplesOf(copies), retention: retentionOf(looked.project, days) })
    place.spaces.push({ space, looked, newest: copies[0]?.[1] ?? 0, where })
  }
  for (const looked of all) {
    const { host, project, status, document } = looked
    if (document === undefined || status.backup === null || project.backup === undefined) continue
    add(`disk ${host}`, looked, status.backup.local, document.local.copies, project.backup.keepLocalDays, `the disk of ${host}`)
    document.boxes.forEach((box, index) => {
      const space = status.backup?.boxes[index]
      if (box.error !== null || space === undefined) return
      add(
        `box ${box.user}@${box.host}:${box.port}`,
        looked,
        space,
        box.copies,
        project.backup!.keepRemoteDays,
        `the box ${space.name}`,
      )
    })
  }
  for (const { series, spaces } of places.values()) {
    // What each was told a moment apart; the least counts.
    const known = spaces.flatMap(({ space }) => (space.freeBytes === null ? [] : [space.freeBytes]))
    const free = known.length === 0 ? null : Math.min(...known)
    const date = fullOn(series, free, now)
    for (const each of spaces) tell(each, free, date, now)
  }
}

function tell(
  { space, looked, newest, where }: { space: Space; looked: Looked; newest: number; where: string },
  free: number | null,
  date: Date | null,
  now: Date,
): void {
  space.fullOn = date?.toISOString() ?? null
  const next = ['backup', looked.project.name, '--prune', '--check']
  const days = date === null ? Infinity : (date.getTime() - now.getTime()) / 86_400_000
  if (free !== null && free < newest)
    looked.figures.push({ kind: 'space', text: `${where} is full: the next backup has no room`, next })
  else if (days <= WARNING_DAYS)
    looked.figures.push({
      kind: 'space',
      text: `${where} is full in ${Math.max(1, Math.round(days))} days, as the backups grow`,
      next,
    })
}

const samplesOf = (copies: LookDocument['local']['copies']) =>
  copies.flatMap(([name, bytes]) => {
    const at = stampOf(name)
    return at === undefined ? [] : [{ at, bytes }]
  })

function retentionOf({ backup }: Project, days: number): Retention {
  return { days, daily: backup?.keepDaily ?? 0, weekly: backup?.keepWeekly ?? 0, monthly: backup?.keepMonthly ?? 0 }
}
