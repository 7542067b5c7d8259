/** One change by hand to what stands in onquota's database, what the check says of it, and who puts it right. */
export interface TableRow {
  name: string
  /** Statements of a superuser in onquota_db. */
  sql: string
  step: string
  what: string
  from: unknown
  to: unknown
  /** The run, or a person, who is helped with these words. */
  by: 'run' | RegExp
  /** How a person puts it right where that isn't what the help's statement does. */
  undo?: string
}

/** Roles that the inventory doesn't know. */
export const STRANGERS = `CREATE ROLE metabase LOGIN; CREATE ROLE "odd one" LOGIN; CREATE ROLE writers; CREATE ROLE passer; CREATE ROLE ex_owner; CREATE ROLE third;`

const NOBODY = 'none to write'

/** All at once: they don't touch each other. What is by default for future things comes last. */
export const TABLE_ROWS: TableRow[] = [
  {
    name: 'a stranger owns schema public',
    sql: 'ALTER SCHEMA public OWNER TO metabase',
    step: 'schema',
    what: 'schema public owner',
    from: 'metabase',
    to: 'pg_database_owner',
    by: 'run',
  },
  {
    name: 'PUBLIC creates in schema public, by a grant that was passed on',
    sql: 'GRANT CREATE ON SCHEMA public TO passer WITH GRANT OPTION; SET ROLE passer; GRANT CREATE ON SCHEMA public TO PUBLIC; RESET ROLE',
    step: 'schema',
    what: 'schema public privileges of PUBLIC',
    from: 'CREATE',
    to: 'none to create',
    by: 'run',
  },
  {
    name: 'a declared table was restored as postgres',
    sql: 'ALTER TABLE public.swot_items OWNER TO postgres',
    step: 'ownership',
    what: 'owner of tables in onquota_db',
    from: 'postgres owns public.swot_items',
    to: 'onquota_user',
    by: 'run',
  },
  {
    name: 'PUBLIC writes tables and columns, by the owner and by a grant that was passed on',
    sql: `GRANT INSERT ON public.users TO PUBLIC; GRANT UPDATE (name) ON public.tenants TO PUBLIC; GRANT DELETE ON public.tenants TO passer WITH GRANT OPTION;
      SET ROLE passer; GRANT DELETE ON public.tenants TO PUBLIC; RESET ROLE`,
    step: 'privileges',
    what: 'privileges of PUBLIC on tables',
    from: 'INSERT, UPDATE on public.tenants, public.users; DELETE on public.tenants',
    to: NOBODY,
    by: 'run',
  },
  {
    name: 'PUBLIC uses sequences',
    sql: 'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO PUBLIC',
    step: 'privileges',
    what: 'privileges of PUBLIC on sequences',
    from: 'USAGE on sequence public.audit_logs_id_seq, public.quote_number_seq',
    to: NOBODY,
    by: 'run',
  },
  {
    name: 'PUBLIC creates in another schema',
    sql: 'GRANT CREATE ON SCHEMA side TO PUBLIC',
    step: 'privileges',
    what: 'privileges of PUBLIC on schemas',
    from: 'CREATE on schema side',
    to: NOBODY,
    by: 'run',
  },
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
    sql: 'GRANT pg_write_all_data, pg_execute_server_program, pg_monitor TO report',
    step: 'readers',
    what: 'role report memberships',
    from: ['pg_execute_server_program', 'pg_write_all_data'],
    to: [],
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
    name: 'a reader writes through a group, at a distance',
    sql: 'GRANT writers TO report; GRANT pg_write_all_data TO writers',
    step: 'readers',
    what: 'role report through writers',
    from: 'pg_write_all_data',
    to: 'nothing that writes',
    by: /as postgres: (REVOKE "writers" FROM "report")$/,
  },
  {
    name: 'a stranger owns a declared table',
    sql: 'ALTER TABLE public.clients OWNER TO metabase',
    step: 'ownership',
    what: 'owner of table in onquota_db',
    from: 'metabase owns public.clients',
    to: 'onquota_user',
    by: /: (ALTER TABLE public\.clients OWNER TO "onquota_user");/,
  },
  {
    name: 'a stranger owns a schema, with all in it',
    sql: 'CREATE SCHEMA abroad AUTHORIZATION metabase; CREATE TABLE abroad.t (id int); ALTER TABLE abroad.t OWNER TO metabase',
    step: 'ownership',
    what: 'owner of schema in onquota_db',
    from: 'metabase owns abroad',
    to: 'onquota_user',
    by: /: (ALTER SCHEMA abroad OWNER TO "onquota_user");/,
    undo: 'DROP SCHEMA abroad CASCADE',
  },
  {
    name: 'postgres made a view by hand',
    sql: 'CREATE VIEW side."By hand" AS SELECT 1 AS one',
    step: 'ownership',
    what: 'owner of view in onquota_db',
    from: 'postgres owns side."By hand"',
    to: 'onquota_user',
    by: /: (ALTER VIEW side\."By hand" OWNER TO "onquota_user");/,
  },
  {
    name: 'postgres made sequences by hand',
    sql: 'CREATE SEQUENCE public.numbers; CREATE SEQUENCE public.more_numbers; GRANT SELECT ON public.numbers, public.more_numbers TO report',
    step: 'ownership',
    what: 'owner of sequences in onquota_db',
    from: 'postgres owns public.more_numbers, public.numbers',
    to: 'onquota_user',
    by: /: (ALTER SEQUENCE public\.more_numbers OWNER TO "onquota_user"; ALTER SEQUENCE public\.numbers OWNER TO "onquota_user");/,
  },
  {
    name: 'postgres made a function by hand, which runs as postgres',
    sql: `CREATE FUNCTION public.made(a integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
    step: 'ownership',
    what: 'owner of function in onquota_db',
    from: 'postgres owns public.made(a integer)',
    to: 'onquota_user',
    by: /: (ALTER FUNCTION public\.made\(a integer\) OWNER TO "onquota_user");/,
  },
  {
    name: 'postgres made a type by hand',
    sql: `CREATE TYPE public.mood AS ENUM ('good')`,
    step: 'ownership',
    what: 'owner of type in onquota_db',
    from: 'postgres owns public.mood',
    to: 'onquota_user',
    by: /: (ALTER TYPE public\.mood OWNER TO "onquota_user");/,
  },
  {
    name: 'PUBLIC reads a table',
    sql: 'GRANT SELECT ON public.users TO PUBLIC',
    step: 'privileges',
    what: 'privileges of PUBLIC',
    from: 'SELECT on public.users',
    to: 'none',
    by: /as postgres in onquota_db: (REVOKE SELECT ON TABLE public\.users FROM PUBLIC)$/,
  },
  {
    name: 'a stranger may do this and that, now and by default',
    sql: `GRANT USAGE ON SCHEMA side TO metabase; GRANT SELECT ON ALL TABLES IN SCHEMA public TO metabase;
      ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON SEQUENCES TO metabase; REVOKE SELECT ON public.tenants FROM metabase`,
    step: 'privileges',
    what: 'privileges of metabase',
    from: 'SELECT on public.account_plans, public.alembic_version, public.analyses and 32 more; USAGE on schema side; SELECT on new sequences of postgres',
    to: 'none',
    by: /projects\.onquota\.database\.readers.*as postgres in onquota_db: (.*)$/,
  },
  {
    name: 'a stranger has what another passed on',
    sql: 'GRANT REFERENCES ON public.tenants TO passer WITH GRANT OPTION; SET ROLE passer; GRANT REFERENCES (id) ON public.tenants TO "odd one"; RESET ROLE',
    step: 'privileges',
    what: 'privileges of "odd one"',
    from: 'REFERENCES on public.tenants',
    to: 'none',
    by: /: (SET ROLE passer; REVOKE REFERENCES ON TABLE public\.tenants FROM "odd one"; RESET ROLE)$/,
  },
  {
    name: 'a stranger has the right to grant on',
    sql: '',
    step: 'privileges',
    what: 'privileges of passer',
    from: 'DELETE, REFERENCES, UPDATE on public.tenants; CREATE on schema public',
    to: 'none',
    by: /: (REVOKE DELETE, REFERENCES, UPDATE ON TABLE public\.tenants FROM passer; REVOKE CREATE ON SCHEMA public FROM passer)$/,
  },
  {
    name: 'somebody who acts for the owner now granted something before',
    sql: `GRANT TRIGGER ON public.users TO ex_owner WITH GRANT OPTION; SET ROLE ex_owner; GRANT TRIGGER ON public.users TO third; RESET ROLE; GRANT onquota_user TO ex_owner`,
    step: 'privileges',
    what: 'privileges of third',
    from: 'TRIGGER on public.users',
    to: 'none',
    by: /: (ALTER TABLE public\.users OWNER TO ex_owner; ALTER TABLE public\.users OWNER TO onquota_user; REVOKE TRIGGER ON TABLE public\.users FROM third)$/,
  },
  {
    name: 'and has it still',
    sql: '',
    step: 'privileges',
    what: 'privileges of ex_owner',
    from: 'TRIGGER on public.users',
    to: 'none',
    by: /: (REVOKE TRIGGER ON TABLE public\.users FROM ex_owner)$/,
    undo: 'REVOKE TRIGGER ON TABLE public.users FROM ex_owner CASCADE; REVOKE onquota_user FROM ex_owner',
  },
  {
    name: 'PUBLIC will write future tables',
    sql: `ALTER DEFAULT PRIVILEGES FOR ROLE onquota_user IN SCHEMA public GRANT INSERT ON TABLES TO PUBLIC;
      ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT DELETE ON TABLES TO PUBLIC`,
    step: 'privileges',
    what: 'privileges of PUBLIC on new tables',
    from: 'DELETE, INSERT on new tables of onquota_user in public, of postgres',
    to: NOBODY,
    by: 'run',
  },
  {
    name: 'PUBLIC will use future sequences',
    sql: 'ALTER DEFAULT PRIVILEGES FOR ROLE onquota_user GRANT USAGE ON SEQUENCES TO PUBLIC',
    step: 'privileges',
    what: 'privileges of PUBLIC on new sequences',
    from: 'USAGE on new sequences of onquota_user',
    to: NOBODY,
    by: 'run',
  },
  {
    name: 'PUBLIC will create in future schemas',
    sql: 'ALTER DEFAULT PRIVILEGES FOR ROLE onquota_user GRANT CREATE ON SCHEMAS TO PUBLIC',
    step: 'privileges',
    what: 'privileges of PUBLIC on new schemas',
    from: 'CREATE on new schemas of onquota_user',
    to: NOBODY,
    by: 'run',
  },
]

/** Neither reported nor touched: a superuser's, a role's of otherRoles, an extension's, a session's. */
export const LEFT_ALONE = `CREATE SCHEMA side AUTHORIZATION onquota_user;
  CREATE ROLE neighbour LOGIN; GRANT SELECT, INSERT ON public.users TO neighbour; CREATE SCHEMA neighbour AUTHORIZATION neighbour; CREATE ROLE chief SUPERUSER; GRANT ALL ON public.users TO chief; CREATE SCHEMA admin; CREATE TABLE admin.notes (id int);
  GRANT USAGE ON SCHEMA side TO PUBLIC; CREATE EXTENSION pg_stat_statements SCHEMA side; CREATE TEMP TABLE t (id int)`
