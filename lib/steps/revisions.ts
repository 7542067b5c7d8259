import { z } from 'zod'
import { readAlembicIni } from '../alembic-ini.ts'
import { parseHistory, parseRevisions } from '../alembic.ts'
import type { Revision } from '../alembic.ts'
import { copyFact, textFact } from '../engine/fact.ts'
import type { Facts } from '../engine/fact.ts'
import type { Migrations } from '../inventory/index.ts'
import { sh } from '../shell.ts'
import { sql } from '../sql.ts'

/** What a version file's two lines look like; with anything else Alembic itself is asked. */
const USUAL = String.raw`/^revision[^=]*=[ \t]*["'][^"']+["'][ \t]*(#.*)?$/ { r++ } /^down_revision[^=]*=[ \t]*(None|["'][^"']+["']|[(\[]([ \t]*["'][^"']+["'][ \t]*,?)*[ \t]*[)\]])[ \t]*(#.*)?$/ { d++ }`

const declared = z.string().transform((output, context): Revision[] => {
  const [kind = '', ...rest] = output.split('\n')
  const revisions = kind === 'history' ? parseHistory(rest.join('\n')) : parseRevisions(rest.join('\n'))
  if (revisions !== null) return revisions
  context.addIssue({ code: 'custom', message: 'version files in an unknown form' })
  return z.NEVER
})

/**
 * The revisions that the code on the host declares; null where the code isn't there. One process, awk over the version files; a Python
 * start of about a second only where a file isn't in the usual form, or alembic.ini doesn't tell where the files lie.
 */
export function codeRevisions(migrations: Migrations) {
  return textFact(
    declared.nullable(),
    sh`cd ${migrations.directory} 2>/dev/null || exit 0
${readAlembicIni(migrations)}
set --; for f in "$d"/versions/*.py; do case $f in */__init__.py|*'*.py') ;; *) set -- "$@" "$f";; esac; done
if [ -z "$v" ] && [ -d "$d/versions" ]; then
  [ $# -gt 0 ] || { echo lines; exit 0; }
  lines=$(awk ${`${USUAL} /^(down_)?revision[ :=]/ { print FILENAME ":" $0 } END { exit !(r == ARGC - 1 && d == r) }`} "$@") && { printf 'lines\\n%s\\n' "$lines"; exit 0; }
fi
echo history; exec timeout 60 ${migrations.command} history`,
  )
}

/**
 * The revisions that the database is at: usually one; null where there is none, or where it, or its alembic_version, isn't there. The table
 * is the owner's: COPY reads no view in its place.
 */
export function currentRevisions(database: string) {
  return copyFact(
    database,
    z
      .array(z.string())
      .nullable()
      .transform((rows) => (rows === null || rows.length === 0 ? null : rows.toSorted())),
    sql`public.alembic_version`,
    sql`version_num`,
    ['42P01'],
  )
}

export interface RevisionFacts extends Facts {
  code: ReturnType<typeof codeRevisions>
  current: ReturnType<typeof currentRevisions>
}
