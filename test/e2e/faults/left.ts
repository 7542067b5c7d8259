import type { IN_SERVER } from '../../faults/states.ts'
import { bash, sql } from '../../faults/shell.ts'
import { must } from '../backup-script/project.ts'
import type { Ground } from './ground.ts'

/** What no run may leave: processes, sessions, databases of a drill, locks, folders and files for a while. Empty where there is none. */
export async function left({ project, place }: Ground): Promise<string> {
  const { name, backups } = place
  const sessions = `SELECT 'session: ' || query FROM pg_stat_activity WHERE application_name ~ '^(postgres-backup|pg_dump)' UNION ALL SELECT 'database: ' || datname FROM pg_database WHERE datname LIKE 'restoring_%' UNION ALL SELECT 'login: ' || rolname FROM pg_roles WHERE rolname LIKE 'loading_%'`
  const script = `grep -lsaE -- "(backup|restore)-[${name[0]}]${name.slice(1)}\\.sh" /proc/[0-9]*/cmdline
grep -lsazxE 'psql|pg_dump' /proc/[0-9]*/cmdline
${sql(place, sessions, 'postgres')}
for lock in ${name}.lock host.lock ${name}.restore.lock restore.lock; do [ ! -e /run/postgres-backup/$lock ] || flock -n /run/postgres-backup/$lock true || echo "lock $lock"; done
ls -d ${backups}/*.part ${backups}/*.part.d ${backups}/.upl* ${backups}/.rest* /run/postgres-backup/${name}*.work /run/postgres-backup-check* /run/postgres-restore* /var/tmp/postgres-backup* 2>/dev/null; true`
  // What the kernel ends with the script takes a moment to be gone.
  const wait = `look() {\n${script}\n}\nfor i in {1..600}; do said=$(look); [[ -n $said ]] || break; sleep 0.1; done; printf %s "$said"`
  return must(await project.host(bash(place, wait))).stdout
}

/** Databases with their rights, roles, and settings of both, a line each. */
export async function server({ project, place }: Ground): Promise<string[]> {
  const query = `SELECT 'database ' || datname || ' ' || ROW(pg_get_userbyid(datdba), datallowconn, datconnlimit, datacl)::text FROM pg_database
UNION ALL SELECT 'role ' || rolname || ' ' || r::text FROM pg_authid r
UNION ALL SELECT 'member ' || m::text FROM pg_auth_members m
UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s
UNION ALL SELECT 'object ' || relname || ' ' || relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace`
  return must(await project.host(sql(place, query)))
    .stdout.trimEnd()
    .split('\n')
    .toSorted()
}

/** What a drill has of its own: a database, and logins with their settings, of which one has the rights of the others. */
const DRILL = [/^database restoring_/, /^role loading_/, /^member /, /^setting .*temp_file_limit/]

/** What became of it, as the table says it; in words where that is nothing of the table. */
export function serverState(before: readonly string[], after: readonly string[]): string {
  const came = after.filter((line) => !before.includes(line))
  const went = before.filter((line) => !after.includes(line))
  const found: keyof typeof IN_SERVER | undefined =
    came.length + went.length === 0
      ? 'same'
      : went.length === 0 && came.every((line) => DRILL.some((what) => what.test(line)))
        ? 'drill'
        : undefined
  return found ?? [...came.map((line) => `+ ${line}`), ...went.map((line) => `- ${line}`)].join('\n')
}
