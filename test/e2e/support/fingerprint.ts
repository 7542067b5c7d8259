import { expect } from 'vitest'
import { execIn, mustExecIn } from '../../lab/index.ts'
import type { Lab } from '../../lab/index.ts'

/** Every file of a host that a run could write: path, mode, owner, size, times of content and state. PostgreSQL's own and the logs of sshd are not ours. */
export async function filesFingerprint(lab: Lab, host: string): Promise<string> {
  const { code, stdout, stderr } = await execIn(
    lab,
    host,
    `find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /var/lib/postgresql -o -path /var/log/postgresql -o -path /run/postgresql -o -path /tmp \\) -prune \\
      -o -type f -not -name wtmp -not -name btmp -not -name lastlog -not -name utmp -not -name auth.log -not -name motd.dynamic -printf '%p %m %U:%G %s %T@ %C@\\n' | sort; ls -l --time-style=full-iso /run/bitacora.lock 2>&1`,
  )
  if (code !== 0 && stdout === '') throw new Error(stderr)
  return stdout
}

/** Every role, database, privilege and setting of a cluster, with the transaction that wrote each row. */
export async function clusterFingerprint(lab: Lab, host: string): Promise<string> {
  const catalogs = ['pg_authid', 'pg_auth_members', 'pg_db_role_setting', 'pg_namespace', 'pg_default_acl', 'pg_extension']
  const queries = catalogs.map((name) => `SELECT '${name}', xmin, ctid, t::text FROM ${name} t ORDER BY ctid;`).join('\n')
  // Vacuum writes its own columns into these two.
  const own = `SELECT datname, datdba, datacl, datconnlimit, oid FROM pg_database ORDER BY oid; SELECT oid, relname, relowner, relacl, relnatts FROM pg_class ORDER BY oid;`
  const databases = await execIn(
    lab,
    host,
    `cd /; su postgres -c "psql -Atc 'SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1'"`,
  )
  const parts: string[] = []
  for (const database of databases.stdout.trim().split('\n')) {
    const { code, stdout, stderr } = await execIn(
      lab,
      host,
      `cd /; su postgres -c 'psql -At -d ${database}' <<'end'\n${queries}\n${own}\nend`,
    )
    if (code !== 0) throw new Error(stderr)
    parts.push(database, stdout)
  }
  return parts.join('\n')
}

/** Where the next WAL record would go. */
export async function walPosition(lab: Lab, host: string): Promise<string> {
  const { stdout } = await execIn(lab, host, `cd /; su postgres -c "psql -Atc 'SELECT pg_current_wal_insert_lsn()'"`)
  return stdout.trim()
}

/** Writes out what is pending, and ends autovacuum, which would write by itself. */
export async function quietCluster(lab: Lab, host: string): Promise<void> {
  const sql = (text: string) => mustExecIn(lab, host, `cd /; su postgres -c "psql -qAtc '${text}'"`)
  await sql('ALTER SYSTEM SET autovacuum = off')
  await sql('SELECT FROM pg_reload_conf()')
  const working = () => sql(`SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ $$autovacuum$$`.replaceAll('$', '\\$'))
  await expect.poll(working, { timeout: 60_000 }).toBe('0\n')
  await sql('CHECKPOINT')
}

/** The WAL records since a position, but for those that the server writes of itself at any time: checkpoints, and lists of what runs. */
export async function walSince(lab: Lab, host: string, start: string): Promise<string[]> {
  const end = await walPosition(lab, host)
  if (end === start) return []
  const waldump = `/usr/lib/postgresql/15/bin/pg_waldump --quiet --path=/var/lib/postgresql/15/main/pg_wal --start=${start} --end=${end}`
  const text = await mustExecIn(lab, host, `cd /; su postgres -c '${waldump}'`)
  return text.split('\n').filter((line) => line !== '' && !/desc: (RUNNING_XACTS|CHECKPOINT_ONLINE) /.test(line))
}
