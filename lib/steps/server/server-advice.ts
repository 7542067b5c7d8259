import type { StepReport } from '../../engine/plan.ts'
import type { Host } from '../../inventory/index.ts'

/** What psql, or what starts it, says, and the way out. Source: the messages of libpq 13 to 18, and of util-linux. */
const CAUSES: readonly [RegExp, (host: Host) => string][] = [
  [
    /no password supplied|password authentication failed/,
    () =>
      'pg_hba.conf asks the system user postgres for a password over the local socket, and none is ever given there. Let the first line that fits be "local all postgres peer", then: systemctl reload postgresql',
  ],
  [
    /Peer authentication failed/,
    () =>
      'a map (pg_ident.conf) on the peer line of pg_hba.conf keeps the system user postgres out. Let the first line that fits be "local all postgres peer", without map=, then: systemctl reload postgresql',
  ],
  [
    /no pg_hba\.conf entry|pg_hba\.conf rejects/,
    () =>
      'pg_hba.conf has no line that lets the system user postgres in over the local socket. Put "local all postgres peer" first, then: systemctl reload postgresql',
  ],
  [
    /failed to parse reuid|failed to execute psql|psql: (not found|No such file)/,
    () =>
      'PostgreSQL is not installed on the host: it has no system user postgres, or no psql. Install it: apt-get install postgresql',
  ],
  [
    /Is the server running|Connection refused/,
    ({ name, postgresql: { port } }) =>
      `PostgreSQL does not run on port ${port} of the host. pg_lsclusters there lists what there is, with its ports: start it (systemctl start postgresql), or correct hosts.${name}.postgresql.port`,
  ],
  [
    /role "postgres" does not exist/,
    () => 'the cluster has no superuser postgres, as whom all is done. As its superuser: CREATE ROLE postgres SUPERUSER LOGIN',
  ],
  [
    /too many clients|remaining connection slots/,
    () => 'all connections are in use, also those kept for superusers: end some (pg_stat_activity), or raise max_connections',
  ],
  [
    /the database system is (starting up|shutting down|in recovery|not yet accepting)/,
    () => 'PostgreSQL is starting or stopping: run this again in a minute, or see its log (journalctl -u postgresql@*)',
  ],
]

/** The report of the step `server`, with the way out where its PostgreSQL could not be asked. */
export function advised(report: StepReport, host: Host): StepReport {
  const { error, help } = report
  if (report.step !== 'server' || error === undefined || help !== undefined) return report
  const found = CAUSES.find(([pattern]) => pattern.test(error))
  return found === undefined ? report : { ...report, help: found[1](host) }
}
