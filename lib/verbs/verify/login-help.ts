import type { Context } from '../../steps/common/context.ts'

/** The way out of a login that PostgreSQL refuses. Source: PostgreSQL documentation, appendix A, error codes. */
export function loginHelp(error: Error & { code?: string }, { host, project }: Context): string {
  const { name: database, owner } = project.database
  const line = `host ${database} ${owner} 127.0.0.1/32 scram-sha-256`
  switch (error.code) {
    case '28P01':
      return `the password is not the inventory's, or pg_hba.conf asks something else than PostgreSQL for it: provision ${project.name} --check tells which`
    case '28000':
      return `pg_hba.conf has no line that lets ${owner} in over 127.0.0.1 without TLS, or the role may not log in. Put "${line}" before the lines that fit, then: systemctl reload postgresql`
    case '3D000':
      return `there is no database ${database}: provision ${project.name}`
    case '42501':
      return `${owner} may not connect to it: GRANT CONNECT ON DATABASE ${database} TO ${owner}`
    case '53300':
      return `too many connections are open: the limits of the role, the database and max_connections are ${owner}'s too`
    case '57P03':
      return 'PostgreSQL is starting or stopping: run this again in a minute'
    default:
      return `see that PostgreSQL answers on 127.0.0.1 port ${host.postgresql.port} of ${host.name}, and that pg_hba.conf has "${line}"`
  }
}
