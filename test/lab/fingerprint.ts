import { createHash } from 'node:crypto'
import { mustExecIn } from './exec.ts'
import type { Lab } from './lab.ts'
import { NEIGHBOUR } from './neighbour.ts'

export interface Fingerprint {
  /** Equal when nothing of the neighbour differs. */
  hash: string
  /** What the hash is of, by subject: compare these to see what changed. Passwords only as hashes. */
  record: Record<'files' | 'folders' | 'crontab' | 'cluster' | 'database' | 'rows' | 'box', string>
}

const STAT = `stat -c '%n %F %U:%G %a %s inode=%i mtime=%y ctime=%z'`

// Our own files come and go in the shared folders, so of these only owner and mode count.
const files = `
begin files; ${STAT} ${NEIGHBOUR.script} ${NEIGHBOUR.config}; sha256sum ${NEIGHBOUR.script} ${NEIGHBOUR.config}
begin folders; stat -c '%n %U:%G %a' /opt/postgresql-backups /opt/postgresql-backups/configs
begin crontab; ${STAT} ${NEIGHBOUR.crontab}; cat ${NEIGHBOUR.crontab}`

// xmin shows a catalog row that was written anew with the same content.
const CLUSTER = `
SELECT 'role', xmin, oid, rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
  md5(rolpassword), rolvaliduntil FROM pg_authid WHERE rolname = '${NEIGHBOUR.role}';
SELECT 'database', xmin, oid, datname, datdba, encoding, datcollate, datctype, datistemplate, datallowconn, datconnlimit, dattablespace, datacl
  FROM pg_database WHERE datname = '${NEIGHBOUR.database}';
SELECT 'setting', s.xmin, s.* FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = setdatabase LEFT JOIN pg_roles r ON r.oid = setrole
  WHERE datname = '${NEIGHBOUR.database}' OR rolname = '${NEIGHBOUR.role}' ORDER BY 3, 4;
SELECT 'member', m.xmin, m.roleid::regrole, m.member::regrole FROM pg_auth_members m
  WHERE '${NEIGHBOUR.role}' IN (m.roleid::regrole::text, m.member::regrole::text) ORDER BY 3, 4;`

const CATALOGS = `
SELECT 'schema', xmin, nspname, nspowner::regrole, nspacl FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)' ORDER BY nspname;
SELECT 'relation', oid, relname, relkind, relowner::regrole, relacl, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname;
SELECT 'column', xmin, attrelid::regclass, attname, atttypid::regtype, attnotnull, attacl FROM pg_attribute
  WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) ORDER BY attrelid::regclass::text, attnum;
SELECT 'default acl', xmin, * FROM pg_default_acl ORDER BY oid;
SELECT 'extension', xmin, extname, extversion FROM pg_extension ORDER BY extname;
SELECT 'function', xmin, proname, proowner::regrole, proacl FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname, oid;
SELECT 'sequence', last_value FROM users_id_seq UNION ALL SELECT 'sequence', last_value FROM messages_id_seq;`

const ROWS = `
SELECT format('SELECT %L, count(*), md5(string_agg(concat(xmin, ctid, t.*), chr(10) ORDER BY ctid)) FROM %s t', oid::regclass, oid::regclass)
  FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname \\gexec`

// One session for all: a process each would cost seconds over a day of tests.
const SQL = `\\echo '\\n=== cluster'
${CLUSTER.trim()}
\\connect ${NEIGHBOUR.database}
\\echo '\\n=== database'
${CATALOGS.trim()}
\\echo '\\n=== rows'
${ROWS.trim()}
`

const HOST = `set -eu
begin() { printf '\\n=== %s\\n' "$1"; }
${files}
runuser -u postgres -- /usr/lib/postgresql/15/bin/psql -h /var/run/postgresql -XAtq -v ON_ERROR_STOP=1 <<'END_OF_SQL'
${SQL}END_OF_SQL`

const folder = `/srv/box${NEIGHBOUR.boxFolder}`
const BOX = `set -eu; find ${folder} | sort | while read -r path; do ${STAT} "$path"; done; find ${folder} -type f | sort | xargs sha256sum`

/** Everything of the neighbour: its files with owner, mode and times, its crontab, rows, catalog rows, and its folder on the box. */
export async function neighbourFingerprint(lab: Lab): Promise<Fingerprint> {
  const [host, box] = await Promise.all([mustExecIn(lab, 'vps', HOST), mustExecIn(lab, 'box', BOX)])
  const parts = host
    .split('\n=== ')
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)])
  const record = { ...Object.fromEntries(parts), box } as Fingerprint['record']
  return { hash: createHash('sha256').update(JSON.stringify(record)).digest('hex'), record }
}
