import { z } from 'zod'
import { shellFact } from '../../engine/fact.ts'
import type { Fact } from '../../engine/fact.ts'
import { sh } from '../../text/sh.ts'
import { templateText } from '../../text/template.ts'
import type { Context } from '../common/context.ts'
import { places } from './places.ts'

const hex = z.string().transform((digits) => Buffer.from(digits, 'hex').toString('latin1'))
/** What a person may read. */
const words = z.string().transform((digits) => Buffer.from(digits, 'hex').toString('utf8'))

const found = z.object({
  path: words,
  text: hex.nullable(),
  /** Why there is no text. */
  why: words.nullable(),
  /** The script of ours that this file is, also by another name. */
  same: words.nullable(),
})

const entry = z.object({
  kind: words.pipe(z.enum(['crontab', 'system crontab', 'anacrontab', 'script', 'timer', 'user timer'])),
  path: words,
  user: words,
  /** Counted from 1; 0 where the file as a whole is meant. */
  line: words.pipe(z.coerce.number()),
  /** The line or script byte for byte, in hexadecimal; empty where it is a link to a script of ours, and of a timer. */
  raw: z.string(),
  /** The command, as the daemon hands it to a shell; of a timer, its service's unit. */
  text: hex,
  /** The line above; of a timer, its own unit. */
  above: hex.nullable().default(null),
  /** The crontab's own variables above this line. */
  environment: hex.nullable().default(null),
  /** What enables a timer. */
  links: z.array(words).nullable().default(null),
  /** The files that the command names, by the words that name them. */
  files: z.array(found.extend({ word: hex })),
  /** What those scripts read their settings from. */
  settings: z.array(found),
})

/** What starts a job on the host and may concern a project of ours. */
export type Schedule = z.infer<typeof entry>
export type SchedulesFact = Fact<Schedule[]>

/**
 * All jobs of a host that mention a database or a script of these projects: one process, whatever the number of projects. Perl, since it can
 * open what a user put there without being held or misled by it, and Debian always has it.
 */
export function schedulesFact(projects: readonly Context[]): SchedulesFact {
  const needles = projects.flatMap(({ project: { name, database } }) => {
    return [database.name, places(name).script, `-${places(name).cron}`]
  })
  return shellFact(z.array(entry), sh`perl -e ${templateText('facts/schedules.pl')} '' ${needles}`, { deadline: 30 })
}
