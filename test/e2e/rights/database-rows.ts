import { expect } from 'vitest'
import { BROKER, DATABASE, MAKER, OWNER, STRANGER, rowsOf } from './row.ts'
import type { Plan, RightsRow } from './row.ts'

const { plan, row } = rowsOf('database', `database ${DATABASE}`)

const setting = (by: Plan['by'], key: string, value: string): RightsRow =>
  row(
    by,
    `ALTER DATABASE ${DATABASE} SET ${key} = '${value}'`,
    `setting ${key}`,
    value,
    null,
    `ALTER DATABASE ${DATABASE} RESET ${key}`,
  )

/** Changes by hand of the database that a run fixes. */
export const DATABASE_ROWS: readonly RightsRow[] = [
  row(
    'run',
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${DATABASE} FROM ${OWNER}`,
    `privileges of ${OWNER}`,
    'without CONNECT, TEMPORARY',
    'CONNECT, CREATE, TEMPORARY',
  ),
  {
    name: 'GRANT CREATE to PUBLIC by somebody with the grant option, and the rest by the owner',
    sql: `GRANT CREATE ON DATABASE ${DATABASE} TO ${BROKER} WITH GRANT OPTION;
SET ROLE ${BROKER}; GRANT CREATE ON DATABASE ${DATABASE} TO PUBLIC; RESET ROLE; GRANT ALL ON DATABASE ${DATABASE} TO PUBLIC;`,
    plans: [
      plan('run', 'grant options', [`${BROKER}: CREATE`], []),
      plan('run', 'privileges of PUBLIC', ['CONNECT', 'CREATE', 'TEMPORARY'], []),
      plan('run', `privileges of ${BROKER} to create`, ['CREATE'], []),
    ],
  },
  row('run', `GRANT CREATE ON DATABASE ${DATABASE} TO ${MAKER}`, `privileges of ${MAKER} to create`, ['CREATE'], []),
  row('run', `ALTER DATABASE ${DATABASE} OWNER TO ${STRANGER}`, 'owner', STRANGER, OWNER),
  row('run', `ALTER DATABASE ${DATABASE} CONNECTION LIMIT 0`, 'connection limit', 0, -1),
  row('run', `ALTER DATABASE ${DATABASE} ALLOW_CONNECTIONS false`, 'connections', 'refused', 'allowed'),
  row('run', `ALTER DATABASE ${DATABASE} IS_TEMPLATE true`, 'template', 'everybody with CREATEDB may copy it', 'no template'),
  setting('run', 'default_transaction_read_only', 'on'),
  setting('run', 'role', STRANGER),
  setting('run', 'session_replication_role', 'replica'),
  setting('run', 'zero_damaged_pages', 'on'),
]

/** Those that a run reports, and leaves. */
export const DATABASE_ROWS_FOR_A_PERSON: readonly RightsRow[] = [
  row(
    'person',
    `GRANT CONNECT, TEMPORARY ON DATABASE ${DATABASE} TO ${STRANGER}`,
    `privileges of ${STRANGER}`,
    ['CONNECT', 'TEMPORARY'],
    [],
    `REVOKE ALL ON DATABASE ${DATABASE} FROM ${STRANGER}`,
  ),
  row(
    'person',
    `ALTER DATABASE ${DATABASE} CONNECTION LIMIT 3`,
    'connection limit',
    3,
    -1,
    `ALTER DATABASE ${DATABASE} CONNECTION LIMIT -1`,
  ),
  setting('person', 'row_security', 'off'),
  setting('person', 'standard_conforming_strings', 'off'),
  {
    name: 'another tablespace',
    sql: `\\! mkdir -p -m 0700 /tmp/rights_space\nCREATE TABLESPACE rights_space LOCATION '/tmp/rights_space';\nALTER DATABASE ${DATABASE} SET TABLESPACE rights_space;`,
    plans: [plan('person', 'tablespace', 'rights_space', 'pg_default')],
    undo: `ALTER DATABASE ${DATABASE} SET TABLESPACE pg_default;\nDROP TABLESPACE rights_space;\n\\! rm -r /tmp/rights_space`,
  },
  {
    name: 'a collation of another version of the system',
    sql: `UPDATE pg_database SET datcollversion = '2.28' WHERE datname = '${DATABASE}';`,
    plans: [plan('person', 'collation version', '2.28', expect.any(String) as string)],
    undo: `ALTER DATABASE ${DATABASE} REFRESH COLLATION VERSION;`,
  },
]
