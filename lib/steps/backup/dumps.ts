import { z } from 'zod'
import { BACKUP_NAME, fileName } from '../../inventory/backup-name.ts'
import { textFact } from '../../engine/fact.ts'
import { sh } from '../../text/sh.ts'
import { BACKUP_DIR } from './places.ts'

/** Name and bytes of a file that is named like a backup. */
export type Dump = [name: string, bytes: number]

/** The dumps of a database in the host's folder, complete or not, whoever put them there. */
export function dumpsFact(database: string) {
  const schema = z
    .string()
    .nullable()
    .transform((text): Dump[] =>
      (text ?? '').split('\n').flatMap((line): Dump[] => {
        const [, bytes, name = ''] = /^(\d+) .*\/([^/]+)$/.exec(line) ?? []
        return BACKUP_NAME.test(name) ? [[name, Number(bytes)]] : []
      }),
    )
  return textFact(
    schema,
    sh`set --; for f in ${`${BACKUP_DIR}/backup_${fileName(database)}_`}[0-9]*; do [ -f "$f" ] && [ ! -L "$f" ] && set -- "$@" "$f"; done
[ $# -eq 0 ] || stat -c '%s %n' -- "$@"`,
  )
}
