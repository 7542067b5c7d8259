/** Settings that people make on a role, a database or the server, each with a value that could spoil a dump, a restore or a comparison. */
export const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  // What ends, holds or hides something.
  ['statement_timeout', '1'],
  ['lock_timeout', '1'],
  ['idle_in_transaction_session_timeout', '1'],
  ['idle_session_timeout', '1'],
  ['transaction_timeout', '1'],
  ['exit_on_error', 'on'],
  ['default_transaction_read_only', 'on'],
  ['default_transaction_isolation', 'serializable'],
  ['default_transaction_deferrable', 'on'],
  ['row_security', 'off'],
  ['restrict_nonsystem_relation_kind', 'view,foreign-table'],
  ['session_replication_role', 'replica'],
  ['lo_compat_privileges', 'on'],
  ['track_activities', 'off'],
  ['temp_file_limit', '0'],
  ['work_mem', '64'],
  ['maintenance_work_mem', '1024'],
  ['gin_fuzzy_search_limit', '1'],
  ['vacuum_cost_limit', '1'],
  ['synchronous_commit', 'off'],
  ['synchronize_seqscans', 'on'],
  // Where things lie.
  ['default_tablespace', 'bs_set_space'],
  ['temp_tablespaces', 'bs_set_space'],
  ['default_table_access_method', 'heap'],
  ['default_toast_compression', 'pglz'],
  // How names, values and SQL are read and written.
  ['search_path', 'nowhere'],
  ['quote_all_identifiers', 'on'],
  ['client_encoding', 'LATIN1'],
  ['bytea_output', 'escape'],
  ['extra_float_digits', '-15'],
  ['DateStyle', 'SQL, DMY'],
  ['IntervalStyle', 'sql_standard'],
  ['TimeZone', 'Asia/Kolkata'],
  ['timezone_abbreviations', 'Australia'],
  ['array_nulls', 'off'],
  ['transform_null_equals', 'on'],
  ['xmloption', 'document'],
  ['xmlbinary', 'hex'],
  ['lc_monetary', 'en_US.UTF-8'],
  ['lc_numeric', 'en_US.UTF-8'],
  ['lc_time', 'en_US.UTF-8'],
  ['lc_messages', 'en_US.UTF-8'],
  ['standard_conforming_strings', 'off'],
  ['escape_string_warning', 'on'],
  ['backslash_quote', 'off'],
  ['check_function_bodies', 'on'],
  ['password_encryption', 'md5'],
  ['default_text_search_config', 'pg_catalog.german'],
  // What is said besides, and how queries are planned.
  ['client_min_messages', 'debug1'],
  ['log_statement', 'all'],
  ['log_min_duration_statement', '0'],
  ['session_preload_libraries', 'auto_explain'],
  ['jit_above_cost', '0'],
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
]

/** Statements that set them all; what this server doesn't know is left out. `role` is set by hand, since no server has it. */
const setting = (how: string) => `SELECT format(how, name, quote_literal(value))
FROM pg_settings JOIN json_each_text('${JSON.stringify(Object.fromEntries(SETTINGS))}') AS every (name, value) USING (name), (SELECT '${how}' AS how) AS h \\gexec`

const [DB, OWNER] = ['bs_set_db', 'bs_set_user']

/** Where they are made, and how they are taken back. */
export const PLACES: readonly (readonly [where: string, set: string, reset: string])[] = [
  ...[
    ["the application's role", `ROLE ${OWNER}`],
    ['the database', `DATABASE ${DB}`],
    ['the role postgres', 'ROLE postgres'],
    ['the role postgres in the database', `ROLE postgres IN DATABASE ${DB}`],
    ['all roles', 'ROLE ALL'],
  ].map(([where = '', target = '']) => [where, setting(`ALTER ${target} SET %I TO %s`), `ALTER ${target} RESET ALL;`] as const),
  [
    'the server',
    `${setting('ALTER SYSTEM SET %I TO %s')}\nSELECT pg_reload_conf() \\g /dev/null`,
    // Nothing else of the server's own file may go.
    `${SETTINGS.map(([name]) => `SELECT 'ALTER SYSTEM RESET ${name}' FROM pg_settings WHERE name = '${name}' \\gexec`).join('\n')}
SELECT pg_reload_conf() \\g /dev/null`,
  ],
]

/** Values that one of these settings would change; text that looks like something else in a dump; names that hold anything. */
export const ODD = `CREATE TABLE valued (b bytea, f float8, r real, t timestamptz, i interval, d date DEFAULT '2001-02-03', m money, x xml,
  a text[] DEFAULT '{a,NULL}'::text[], "Select" text DEFAULT E'a\\\\b''c');
INSERT INTO valued VALUES ('\\x00ff5c', 0.1::float8 + 0.2, 0.1, '2001-02-03 04:05:06+02', '-1 day +2 hours', '2001-03-04', 1234.56, 'a<b/>c');
CREATE VIEW nulls AS SELECT * FROM valued WHERE "Select" = NULL;
CREATE TABLE months (d date, i interval) PARTITION BY RANGE (d);
CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2001-02-03') TO ('2001-03-02');
INSERT INTO months VALUES ('2001-02-04', '1 mon -1 day');
COMMENT ON TABLE notes IS E'seen in the log:\\npg_dump: error: no such table';
INSERT INTO notes VALUES (E'pg_dump: error: query failed'), (E'first\\npg_dump: second');
CREATE FUNCTION filling() RETURNS text LANGUAGE sql AS $f$ SELECT 'so:
COPY public.numbered (id, body) FROM stdin;
1	x
CREATE TABLE never (id int);
\\.
' $f$;
COMMENT ON TABLE numbered IS E'it was:\\nCOPY public.notes (body) FROM stdin;\\nx';
COMMENT ON COLUMN numbered.body IS E'and\\n\\\\.\\n-- PostgreSQL database dump complete\\n';
CREATE TABLE "a
b	c""d\\e" AS SELECT g FROM generate_series(1, 7) g; CREATE SEQUENCE "s
'q\\";`
