import { z } from 'zod'
import { textFact } from '../engine/fact.ts'
import { sh } from '../shell.ts'
import { BACKUP_DIR } from '../steps/places.ts'

/** Name and bytes of a file that is named like a backup. */
export type Dump = [name: string, bytes: number]

const LINE = /^(\d+) .*\/(backup_[A-Za-z0-9_][A-Za-z0-9_.-]*_\d{8}_\d{6}\.(?:sql\.gz|sql\.zst|dir\.tar)(?:\.age)?)$/

/** The dumps of a database in the host's folder, complete or not, whoever put them there. */
export function dumpsFact(database: string) {
  const schema = z
    .string()
    .nullable()
    .transform((text): Dump[] =>
      (text ?? '').split('\n').flatMap((line): Dump[] => {
        const [, bytes, name] = LINE.exec(line) ?? []
        return name === undefined ? [] : [[name, Number(bytes)]]
      }),
    )
  return textFact(
    schema,
    sh`set --; for f in ${`${BACKUP_DIR}/backup_${database}_`}[0-9]*; do [ -f "$f" ] && [ ! -L "$f" ] && set -- "$@" "$f"; done
[ $# -eq 0 ] || stat -c '%s %n' -- "$@"`,
  )
}
