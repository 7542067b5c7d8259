import { z } from 'zod'
import { fileName } from '../../inventory/backup-name.ts'
import { textFact } from '../../engine/fact.ts'
import { sh } from '../../text/sh.ts'
import { stampOf } from './document.ts'
import type { Ledger } from './ledger-fact.ts'
import { BACKUP_DIR, LOG_DIR, places } from './places.ts'

/** Name and bytes of a file that is named like a backup. */
export type Dump = [name: string, bytes: number]

/** A database's files in the host's folder, whoever put them there. */
export interface LocalFiles {
  /** The newest first. */
  dumps: Dump[]
  /** Names of those with a checksum beside them: a run came to its end. */
  complete: ReadonlySet<string>
  /** Of all that is named like them. */
  bytes: number
}

/** Seconds; a disk may not answer. */
const DEADLINE = 30

/** Lines of a text, empty for none. */
const linesOf = (text: string | null) => (text ?? '').split('\n').filter((line) => line !== '')

/** What lies here of a database's backups. */
export function localFilesFact(database: string) {
  const start = `${BACKUP_DIR}/backup_${fileName(database)}_`
  const own = new RegExp(
    String.raw`^backup_${RegExp.escape(fileName(database))}_\d{8}_\d{6}\.(?:sql\.gz|sql\.zst|dir\.tar)(?:\.age)?$`,
  )
  const schema = z
    .string()
    .nullable()
    .transform((text): LocalFiles => {
      const files = linesOf(text).flatMap((line): Dump[] => {
        const [, bytes, name = ''] = /^(\d+) .*\/([^/]+)$/.exec(line) ?? []
        return name === '' ? [] : [[name, Number(bytes)]]
      })
      const names = new Set(files.map(([name]) => name))
      const dumps = files.filter(([name]) => own.test(name)).toSorted(newestFirst)
      return {
        dumps,
        complete: new Set(dumps.map(([name]) => name).filter((name) => names.has(`${name}.sha256`))),
        bytes: files.reduce((sum, [, bytes]) => sum + bytes, 0),
      }
    })
  return textFact(
    schema,
    sh`set --; for f in ${start}[0-9]*; do [ -f "$f" ] && [ ! -L "$f" ] && set -- "$@" "$f"; done
[ $# -eq 0 ] || stat -c '%s %n' -- "$@"`,
  )
}

export const newestFirst = ([a]: Dump, [b]: Dump): number => (stampOf(b)?.getTime() ?? 0) - (stampOf(a)?.getTime() ?? 0)

/** The copies that count: of what this host made, only those that came to their end and were not set aside. */
export function countedCopies({ dumps, complete }: Pick<LocalFiles, 'dumps' | 'complete'>, ledger: Ledger | null): Dump[] {
  return dumps.filter(([name]) => ledger?.aside?.has(name) !== true && (ledger?.made.has(name) !== true || complete.has(name)))
}

/** Free bytes on the disk of the backups; null where df doesn't tell. */
export const freeFact = () =>
  textFact(
    z
      .string()
      .nullable()
      .transform((text) => (/^\d{1,15}$/.test(text?.trim() ?? '') ? Number(text) * 1024 : null)),
    sh`[ ! -d ${BACKUP_DIR} ] || df -Pk -- ${BACKUP_DIR} | awk 'NR == 2 { print $4 }'`,
    { deadline: DEADLINE },
  )

/** What the scripts wrote of their last run, as text. */
export const statusTextFact = (project: string) => startOf(places(project).status, z.string().nullable())

const startOf = <T>(path: string, schema: z.ZodType<T>) =>
  textFact(schema, sh`[ ! -f ${path} ] || head -c 65536 -- ${path}`, { deadline: DEADLINE })

const ADVICE = /; check [a-z ]*, then: .* --acknowledge$/

/** Why nothing is pruned, in one line; null where pruning goes on. Each line of the file is `KIND NAME: TEXT`, and ends with what to do. */
export function pausedFact(project: string) {
  return startOf(
    `${BACKUP_DIR}/.held_${project}`,
    z
      .string()
      .nullable()
      .transform((text) => {
        const lines = linesOf(text).map((line) => line.replace(/^[a-z]* [^ ]*: /, ''))
        if (lines.length === 0) return null
        return lines.map((line, index) => (index < lines.length - 1 ? `${line.replace(ADVICE, '')};` : line)).join(' ')
      }),
  )
}

/** The last lines of the log, of this month and the one before, that say a run failed. */
export function errorsFact(project: string) {
  const log = `${LOG_DIR}/backup_${project}_`
  return textFact(
    z.string().nullable().transform(linesOf),
    sh`cat -- ${log}"$(date -u -d '-31 days' +%Y%m)".log ${log}"$(date -u +%Y%m)".log 2>/dev/null | grep -F ' [failed] ' | tail -n 3`,
    { deadline: DEADLINE },
  )
}

/** The host's own time zone, by which cron goes; null for UTC. */
export const zoneFact = () =>
  textFact(
    z.string().trim().nullable(),
    sh`z=$(readlink /etc/localtime) || exit 0; case $z in */zoneinfo/*) printf '%s' "\${z#*/zoneinfo/}";; esac`,
  )
