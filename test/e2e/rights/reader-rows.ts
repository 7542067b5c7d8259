import type { TableRow } from './table-row.ts'

/** What lets a read-only role write, or keeps it from reading. */
export const READER_ROWS: TableRow[] = [
  {
    name: 'a reader writes: tables, columns, sequences, schemas, the database, future tables, and by a grant that was passed on',
    sql: `GRANT INSERT ON public.users TO report; GRANT UPDATE (email) ON public.users TO report WITH GRANT OPTION; GRANT USAGE ON SEQUENCE public.quote_number_seq TO report;
      GRANT CREATE ON SCHEMA side TO report; GRANT TEMP ON DATABASE onquota_db TO report; GRANT UPDATE ON public.tenants TO passer WITH GRANT OPTION;
      SET ROLE passer; GRANT UPDATE ON public.tenants TO report; RESET ROLE;
      ALTER DEFAULT PRIVILEGES FOR ROLE onquota_user IN SCHEMA public GRANT DELETE ON TABLES TO report`,
    step: 'readers',
    what: 'role report privileges to write',
    from: 'INSERT, UPDATE on public.users; UPDATE on public.tenants; USAGE on sequence public.quote_number_seq; CREATE on schema side; DELETE on new tables of onquota_user in public; TEMPORARY on database onquota_db',
    to: 'none',
    by: 'run',
  },
  {
    name: 'a reader is a member of predefined roles',
    sql: 'GRANT pg_write_all_data, pg_monitor TO report',
    step: 'readers',
    what: 'role report membership in pg_write_all_data',
    from: 'member; rights on the whole server',
    to: 'not a member',
    by: 'run',
  },
  {
    name: 'a reader may run programs as postgres, at a distance',
    sql: 'GRANT writers TO report; GRANT pg_execute_server_program TO writers',
    step: 'readers',
    what: 'role report membership in writers',
    from: 'member; leads to pg_execute_server_program: rights on the whole server',
    to: 'not a member',
    by: 'run',
  },
  {
    name: 'a reader cannot read a table',
    sql: 'REVOKE SELECT ON public.tenants FROM report',
    step: 'readers',
    what: 'role report privileges',
    from: 'without SELECT on tenants',
    to: 'reads all of onquota_db',
    by: 'run',
  },
  {
    name: 'a reader owns a table',
    sql: 'CREATE TABLE side.mine (id int); ALTER TABLE side.mine OWNER TO report',
    step: 'readers',
    what: 'role report owns',
    from: 'table side.mine',
    to: 'nothing',
    by: /give each to its right owner/,
    undo: 'DROP TABLE side.mine',
  },
  {
    name: 'a reader may do more through a predefined role that gives no rights on the server',
    sql: 'GRANT pg_checkpoint TO report',
    step: 'readers',
    what: 'role report through pg_checkpoint',
    from: 'pg_checkpoint',
    to: 'nothing that writes',
    by: /as postgres: (REVOKE "pg_checkpoint" FROM "report")$/,
  },
]
