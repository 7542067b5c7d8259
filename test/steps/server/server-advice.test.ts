import { expect, test } from 'vitest'
import { advised } from '../../../lib/steps/server/server-advice.ts'
import { context } from '../common/support.ts'

const { host } = context({ 'hosts.vps.postgresql': { port: 5433 } })
const SOCKET = 'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5433" failed:'
const failed = (error: string) => ({ project: null, step: 'server', status: 'failed' as const, changes: [], error })

/** As a host of the lab said it when it was spoiled so. */
test.each([
  ['fe_sendauth: no password supplied', 'asks the system user postgres for a password'],
  ['FATAL:  Peer authentication failed for user "postgres"', 'a map (pg_ident.conf)'],
  [
    'FATAL:  no pg_hba.conf entry for host "[local]", user "postgres", database "postgres", no encryption',
    'has no line that lets',
  ],
  [
    'No such file or directory\n\tIs the server running locally and accepting connections on that socket?',
    'hosts.vps.postgresql.port',
  ],
  ['Connection refused\n\tIs the server running locally and accepting connections on that socket?', 'does not run on port 5433'],
  ['FATAL:  role "postgres" does not exist', 'CREATE ROLE postgres SUPERUSER LOGIN'],
  ['FATAL:  sorry, too many clients already', 'max_connections'],
  ['FATAL:  the database system is starting up', 'in a minute'],
])('%j has a way out', (said, help) => {
  expect(advised(failed(`could not read server: ${SOCKET} ${said}`), host).help).toContain(help)
})

test.each(["setpriv: failed to parse reuid: 'postgres'", 'setpriv: failed to execute psql: No such file or directory'])(
  '%j: PostgreSQL is not installed',
  (said) => {
    expect(advised(failed(`could not read server: ${said}`), host).help).toContain('apt-get install postgresql')
  },
)

test('anything else stays as it is', () => {
  const other = failed('could not read server: the answer is not JSON')
  expect(advised(other, host)).toBe(other)
  const role = { ...failed(`could not read role: ${SOCKET} Connection refused`), step: 'role' }
  expect(advised(role, host)).toBe(role)
})
