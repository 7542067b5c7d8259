import { DATABASE, LADDER, MAKER, OWNER, STRANGER, TEAM, rowsOf } from './row.ts'
import type { RightsRow } from './row.ts'

const SUPERUSER = 'SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS'

const { row } = rowsOf('role', `role ${OWNER}`)

const grant = (role: string, from: string, options = '') =>
  row('run', `GRANT ${role} TO ${OWNER}${options}`, `membership in ${role}`, from, 'not a member')

/** Changes by hand of the owner's role that a run fixes. The inventory declares statement_timeout 30s and a search_path for it. */
export const ROLE_ROWS: readonly RightsRow[] = [
  grant('postgres', `member; ${SUPERUSER}`),
  grant('pg_write_all_data', 'member; rights on the whole server'),
  grant('pg_execute_server_program', 'member; rights on the whole server'),
  grant('pg_read_server_files', 'member; rights on the whole server'),
  grant('pg_signal_backend', 'member; rights on the whole server'),
  grant(LADDER, `member; leads to postgres: ${SUPERUSER}`),
  grant(MAKER, 'member; CREATEROLE, with ADMIN OPTION', ' WITH ADMIN OPTION'),
  row('run', `ALTER ROLE ${OWNER} VALID UNTIL '2099-01-01 00:00:00+00'`, 'VALID UNTIL', '2099-01-01T00:00:00', 'infinity'),
  row('run', `ALTER ROLE ${OWNER} NOINHERIT`, 'INHERIT', false, true),
  row('run', `ALTER ROLE ${OWNER} NOLOGIN`, 'LOGIN', false, true),
  row('run', `ALTER ROLE ${OWNER} CREATEDB`, 'CREATEDB', true, false),
  row('run', `ALTER ROLE ${OWNER} BYPASSRLS`, 'BYPASSRLS', true, false),
  row('run', `ALTER ROLE ${OWNER} CONNECTION LIMIT 0`, 'connection limit', 0, -1),
  row('run', `ALTER ROLE ${OWNER} SET default_transaction_read_only = on`, 'setting default_transaction_read_only', 'on', null),
  row('run', `ALTER ROLE ${OWNER} SET lo_compat_privileges = on`, 'setting lo_compat_privileges', 'on', null),
  row(
    'run',
    `ALTER ROLE ${OWNER} SET search_path = 'app, public'`,
    'setting search_path',
    '"app, public"',
    'app, "Mixed Case", public',
  ),
  row(
    'run',
    `ALTER ROLE ${OWNER} IN DATABASE ${DATABASE} SET statement_timeout = '1ms'`,
    `in ${DATABASE} setting statement_timeout`,
    '1ms',
    null,
  ),
  row(
    'run',
    `ALTER ROLE ${OWNER} IN DATABASE ${DATABASE} SET role = '${STRANGER}'`,
    `in ${DATABASE} setting role`,
    STRANGER,
    null,
  ),
  row(
    'run',
    `ALTER ROLE ${OWNER} IN DATABASE ${DATABASE} SET session_replication_role = replica`,
    `in ${DATABASE} setting session_replication_role`,
    'replica',
    null,
  ),
]

/** Those that a run reports, and leaves. */
export const ROLE_ROWS_FOR_A_PERSON: readonly RightsRow[] = [
  row('person', `GRANT ${TEAM} TO ${OWNER}`, `membership in ${TEAM}`, 'member', 'not a member', `REVOKE ${TEAM} FROM ${OWNER}`),
  row(
    'person',
    `GRANT pg_monitor TO ${OWNER}`,
    'membership in pg_monitor',
    'member',
    'not a member',
    `REVOKE pg_monitor FROM ${OWNER}`,
  ),
  row(
    'person',
    `GRANT ${OWNER} TO ${STRANGER}`,
    `granted to ${STRANGER}`,
    'granted',
    'not granted',
    `REVOKE ${OWNER} FROM ${STRANGER}`,
  ),
  row('person', `ALTER ROLE ${OWNER} CONNECTION LIMIT 5`, 'connection limit', 5, -1, `ALTER ROLE ${OWNER} CONNECTION LIMIT -1`),
  row(
    'person',
    `ALTER ROLE ${OWNER} IN DATABASE ${DATABASE} SET row_security = off`,
    `in ${DATABASE} setting row_security`,
    'off',
    null,
    `ALTER ROLE ${OWNER} IN DATABASE ${DATABASE} RESET row_security`,
  ),
]
