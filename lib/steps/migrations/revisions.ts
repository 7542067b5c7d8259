import { z } from 'zod'
import { namesItsConfig } from './alembic-ini.ts'
import { parseHistory, parseRevisions } from './alembic.ts'
import type { Revision } from './alembic.ts'
import { copyFact, textFact } from '../../engine/fact.ts'
import type { Migrations } from '../../inventory/index.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import { sql } from '../../text/sql.ts'
import { templateText } from '../../text/template.ts'
import { parseLoose } from '../common/loose.ts'
import type { Loose } from '../common/loose.ts'
import type { Context } from '../common/context.ts'
import { isWithoutSecrets } from '../common/unread.ts'
import { alembicPaths, whoRuns } from './alembic-user.ts'

/** What the host says of a project's code. */
export interface Code {
  /** Who runs Alembic. */
  user: string
  revisions: Revision[]
  /** The code can be changed here by others than its owner, so nothing of it is read or run. */
  refused?: Loose
  /** What `user` may not read or run. */
  denied?: string
  /** Why only Alembic could tell the revisions, where it isn't asked. */
  unchecked?: string
}

const declared = z.string().transform((output, context): Code => {
  const lines = output.split('\n')
  const word = (name: string) => {
    if (lines[0]?.startsWith(`${name} `) !== true) return undefined
    return lines.shift()?.slice(name.length + 1)
  }
  const user = word('as') ?? 'root'
  const refused = word('refused')
  word('location')
  const [denied, unchecked] = [word('denied'), word('unusual')]
  if (refused !== undefined) return { user, revisions: [], refused: parseLoose(refused) }
  if (denied !== undefined) return { user, revisions: [], denied }
  const kind = lines.shift()
  if (kind !== 'history' && unchecked !== undefined) return { user, revisions: [], unchecked }
  const revisions = kind === 'history' ? parseHistory(lines.join('\n')) : parseRevisions(lines.join('\n'))
  if (revisions !== null) return { user, revisions }
  context.addIssue({ code: 'custom', message: 'version files in an unknown form' })
  return z.NEVER
})

/**
 * The revisions that the code on the host declares; null where the code isn't there. Read as text with the rights of the folder's owner. Only
 * where a file isn't in the usual form Alembic is asked, as the same user and for a second of Python; with `python: false` never.
 */
export function codeRevisions(migrations: Migrations, { python = true }: { python?: boolean } = {}) {
  return textFact(
    declared.nullable(),
    sh`${whoRuns(migrations, 'fact')}
out=$(as_user "$owner" perl -e ${templateText('facts/revisions.pl')} ${migrations.directory} ${namesItsConfig(migrations) ? 'yes' : 'no'} ${alembicPaths(migrations)}) || exit 1
[ -n "$out" ] || exit 0
${outsideOf(migrations)}
printf 'as %s\\n%s\\n' "$owner" "$out"
${python ? history(migrations) : sh``}`,
    // Whoever owns the code may stop or hold what reads it, and would keep the whole host from being read.
    { deadline: python ? 100 : 30 },
  )
}

/** Where root reads: what alembic.ini names may lie elsewhere. */
function outsideOf({ directory, user }: Migrations): Script {
  if (user !== undefined) return sh``
  return sh`if [ "$owner" = root ]; then
l=\${out%%
*}; l=\${l#location }; case $l in /*) ;; *) l=${directory}/$l ;; esac
stranger=$(loose root "$l" "$l/versions" "$l/env.py"); [ -n "$stranger" ] || stranger=$(loose_below "$l" -maxdepth 2)
[ -z "$stranger" ] || { printf 'as root\\nrefused %s\\n' "\${stranger%%
*}"; exit 0; }
fi`
}

/** Into a file, so that what it leaves running holds nothing of ours, and within limits. */
function history({ directory, command, env }: Migrations): Script {
  const config = env['ALEMBIC_CONFIG']
  const named = typeof config === 'string' ? ['env', `ALEMBIC_CONFIG=${config}`] : []
  return sh`case $out in *'
unusual '*) ;; *) exit 0 ;; esac
t=$(mktemp -d /run/bitacora.XXXXXXXXXX) || exit 1; trap 'rm -rf "$t"' EXIT
( ulimit -f 2048; as_user "$owner" sh -c 'cd "$0" && exec timeout -k 5 60 "$@"' ${directory} ${[...named, ...command]} history >"$t/out" 2>"$t/err" </dev/null ); s=$?
[ "$s" = 0 ] || { tail -c 4096 "$t/err" >&2; exit "$s"; }
echo history; cat "$t/out"`
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
    ['3F000', '42P01'],
  )
}

/** Without secrets a run only looks, and runs none of the project's code. */
export function revisionFacts(context: Context, migrations: Migrations) {
  return {
    code: codeRevisions(migrations, { python: !isWithoutSecrets(context) }),
    current: currentRevisions(context.project.database.name),
  }
}
