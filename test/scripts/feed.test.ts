import { expect, test } from 'vitest'
import { feed, turns, whose, written } from './feed.ts'

test.each([
  // What may evaluate something that the owner wrote is run by the login for loading.
  ['role', "CREATE TABLE public.t (\n    a public.d[] DEFAULT '{1}'::public.d[]\n);"],
  ['role', 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT c CHECK (public.f(a));'],
  ['role', 'ALTER TABLE public.t ADD CHECK (public.f()), OWNER TO me;'],
  ['role', 'ALTER TABLE ONLY public.p ATTACH PARTITION public.p1 FOR VALUES FROM (public.f()) TO (2);'],
  ['role', 'CREATE INDEX i ON public.t USING btree (public.f(a));'],
  ['refresh', 'REFRESH MATERIALIZED VIEW public.m;'],
  ['role', "SELECT pg_catalog.setval('public.s', 1, true);"],
  ['role', 'CREATE DOMAIN public.d AS integer\n\tCONSTRAINT c CHECK (public.f(VALUE));'],
  ['role', "CREATE TYPE public.e AS ENUM (\n    'a'\n);"],
  ['role', 'CREATE TYPE public.r AS RANGE (\n    subtype = double precision\n);'],
  ['role', "CREATE AGGREGATE public.a(integer) (\n    SFUNC = public.f,\n    STYPE = public.d[],\n    INITCOND = '{1}'\n);"],
  ['role', 'CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE plpgsql\n    AS $$ LANGUAGE c $$;'],
  ['role', "CREATE FUNCTION public.f(a integer DEFAULT 1) RETURNS integer\n    LANGUAGE sql\n    AS 'SELECT 1';"],
  ['role', 'CREATE POLICY p ON public.t USING (public.f());'],
  ['role', 'CREATE TRIGGER t BEFORE INSERT ON public.t FOR EACH ROW WHEN (public.f()) EXECUTE FUNCTION public.g();'],
  ['role', 'CREATE OPERATOR public.+ (\n    FUNCTION = public.f,\n    LEFTARG = integer\n);'],
  ['role', 'CREATE STATISTICS public.s ON (public.f(a)) FROM public.t;'],
  ['role', 'ALTER PUBLICATION p ADD TABLE ONLY public.t WHERE (public.f());'],
  ['role', 'ALTER PUBLICATION p ADD TABLES IN SCHEMA a, TABLE public.t WHERE (public.f());'],
  ['role', 'CREATE PUBLICATION p;'],
  // A body, a name or a comment that looks like something else changes nothing.
  ['role', '-- Name: x; Type: EVENT TRIGGER; Owner: postgres\nSELECT public.f();'],
  ['role', '/* CREATE EXTENSION x; */ SELECT public.f();'],
  ['role', 'CREATE VIEW public."v OWNER TO me" AS SELECT public.f();'],
  ['role', 'DO $$ BEGIN END $$;'],
  ['role', 'GRANT postgres TO me;'],
  ['role', 'GRANT ALL ON DATABASE live TO me;'],
  ['role', 'ALTER ROLE me SUPERUSER;'],
  ['role', 'ALTER DATABASE live OWNER TO me;'],
  ['role', "ALTER SYSTEM SET archive_command = 'id';"],
  ['role', 'CREATE ROLE me SUPERUSER;'],
  ['role', "COMMENT ON DATABASE live IS 'x';"],
  ['role', 'SET ROLE postgres;'],
  // Only a superuser may do these, and none of them runs anything.
  ['super', 'CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;'],
  ['super', 'CREATE OR REPLACE PROCEDURAL LANGUAGE plpython3u;'],
  ['super', 'CREATE ACCESS METHOD am TYPE INDEX HANDLER public.h;'],
  ['super', 'CREATE CAST (public.a AS text) WITH FUNCTION public.f(public.a);'],
  ['super', 'CREATE OPERATOR CLASS public.o\n    FOR TYPE integer USING btree AS\n    OPERATOR 1 <(integer,integer);'],
  ['super', 'CREATE TYPE public.b;'],
  ['super', 'CREATE TYPE public.b (\n    INTERNALLENGTH = 4,\n    INPUT = public.i\n);'],
  ['super', "CREATE FUNCTION public.i(cstring) RETURNS public.b\n    LANGUAGE c\n    AS 'lib', 'i';"],
  ['super', "CREATE FUNCTION public.i(a numeric DEFAULT 1.5, b public.x) RETURNS public.b\n    LANGUAGE plpython3u\n    AS 'i';".replace(', b public.x', '')], // prettier-ignore
  ['super', 'CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;'],
  ['super', "CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert');"],
  ['super', 'ALTER PUBLICATION p ADD TABLES IN SCHEMA public;'],
  ['super', 'CREATE TEXT SEARCH PARSER public.p (\n    START = prsd_start\n);'],
  // These wait until the data is in.
  ['deferred', 'ALTER TABLE public."a b" OWNER TO "the owner";'],
  ['deferred', 'ALTER FUNCTION public.f(a integer, b text) OWNER TO me;'],
  ['deferred', 'ALTER LARGE OBJECT 12 OWNER TO me;'],
  ['deferred', 'ALTER OPERATOR public.+ (NONE, integer) OWNER TO me;'],
  ['deferred', 'ALTER SEQUENCE public.s OWNED BY public.t.id;'],
  ['deferred', 'GRANT SELECT(a),INSERT ON TABLE public.t TO me WITH GRANT OPTION;'],
  ['deferred', 'REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;'],
  ['deferred', 'ALTER DEFAULT PRIVILEGES FOR ROLE me IN SCHEMA public GRANT ALL ON TABLES TO me;'],
  ['deferred', "COMMENT ON TABLE public.t IS 'x';"],
  ['deferred', 'SET SESSION AUTHORIZATION me;\nGRANT SELECT ON TABLE public.t TO you;\nRESET SESSION AUTHORIZATION;'],
  ['deferred', "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false, slot_name = 's');"],
  ['events', 'CREATE EVENT TRIGGER e ON ddl_command_start\n   EXECUTE FUNCTION public.f();'],
  ['events', 'ALTER EVENT TRIGGER e OWNER TO me;'],
  ['events', "COMMENT ON EVENT TRIGGER e IS 'x';"],
])('%s: %s', (who, statement) => {
  expect(whose(statement)).toBe(who)
})

test.each([
  ['CREATE TABLE public.t ();\nCREATE EXTENSION hstore;', /an extension after things of the owner/],
  ["CREATE FUNCTION public.f(a public.d[] DEFAULT '{1}'::public.d[]) RETURNS int\n    LANGUAGE c\n    AS 'x';", /a default that names a type/],
  ["CREATE AGGREGATE public.a(integer) (\n    SFUNC = public.f,\n    STYPE = internal,\n    MSTYPE = public.d,\n    MINITCOND = '{1}'\n);", /of a type of the owner/],
  ["CREATE FOREIGN DATA WRAPPER w VALIDATOR public.f OPTIONS (a 'b');", /whose validator is not an extension's/],
  ['SET SESSION AUTHORIZATION me;\nCREATE TABLE public.t ();', /grants nothing/],
  ['pg_dump: warning: x\n', /a message of pg_dump, which is no SQL/],
  ['COPY public.t (a) FROM stdin;\n1\n', /it ends within the rows of public\.t/],
  ['COPY public.t (a) FROM stdin;\n1\n\\.\r\n', /not as a dump writes it/],
])('refused: %s', (statement, message) => {
  const { code, stderr } = feed(statement, statement.startsWith('COPY') ? { tail: '' } : {})
  expect(code).toBe(1)
  expect(stderr).toMatch(message)
}) // prettier-ignore

test('the sessions take turns in the order of the dump, with its settings and its data', () => {
  const text = `SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE EXTENSION hstore;
CREATE TABLE public.t (
    a integer
);
ALTER TABLE public.t OWNER TO me;
CREATE CAST (public.a AS text) WITH INOUT;
COPY public.t (a) FROM stdin;
1;CREATE EXTENSION x;
\\\\.
\\.
SELECT a[1:a];
`
  expect(turns(text)).toEqual([
    'role| SET statement_timeout = 0;',
    "role| SELECT pg_catalog.set_config('search_path', '', false);",
    'super| CREATE EXTENSION hstore;',
    "role| SELECT pg_catalog.set_config('search_path', '', false);",
    'role| SET statement_timeout = 0;',
    'role| CREATE TABLE public.t (',
    'role|     a integer',
    'role| );',
    'super| CREATE CAST (public.a AS text) WITH INOUT;',
    "role| SELECT pg_catalog.set_config('search_path', '', false);",
    'role| SET statement_timeout = 0;',
    'role| COPY public.t (a) FROM stdin;',
    'role| 1;CREATE EXTENSION x;',
    'role| \\\\.',
    'role| \\.',
    // psql would put a variable of its own there.
    'role| SELECT a[1: a];',
  ])
  expect(written('deferred')).toBe('ALTER TABLE public.t OWNER TO me;\n')
})

test('logins get into a schema once the extensions are there, whose grants would keep theirs as what the schema is born with', () => {
  expect(feed('CREATE SCHEMA s;\nCREATE EXTENSION e WITH SCHEMA s;\nCREATE TABLE s.t ();')).toEqual({ code: 0, stderr: '' })
  const [schema, extension, grant, table] = ['SCHEMA s;', 'EXTENSION e', 'ON SCHEMA s TO', 'TABLE s.t'].map((text) =>
    written('turns').indexOf(text),
  )
  expect([schema! < extension!, extension! < grant!, grant! < table!]).toEqual([true, true, true])
})

test("an extension's script finds what other extensions have, also by the search path that is the session's own", () => {
  const body = `CREATE SCHEMA "a b\\";\nCREATE EXTENSION one WITH SCHEMA public;\nCREATE EXTENSION two WITH SCHEMA "a b\\";\nCREATE EXTENSION three WITH SCHEMA x;`
  expect(feed(body, { super: '{ printf "%s\\n" "$PGOPTIONS"; cat; }' })).toEqual({ code: 0, stderr: '' })
  const paths = written('turns').match(/^.*search_path=.*$/gm)
  expect(paths).toEqual([' -c search_path=public', String.raw` -c search_path=public,"a\ b\\"`])
})

test('a psql that fails ends it', () => {
  expect(feed('CREATE EXTENSION x;\nCREATE TABLE t ();', { super: 'cat >/dev/null; exit 3;:' })).toEqual({
    code: 1,
    stderr: 'psql as super ended with 3\n',
  })
})

const subscription = (connection: string, options: string, name = 's') =>
  `CREATE SUBSCRIPTION ${name} CONNECTION ${connection} PUBLICATION p, "q w" WITH (connect = false, slot_name = ${options});`

test('a subscription comes without its slot on the publisher, which is named for a person', () => {
  const trap = `'x'' PUBLICATION p WITH (connect = false, slot_name = ''live'''`
  expect(feed(subscription(trap, `'live', binary = true, synchronous_commit = 'off', origin = any`, '"a b"'))).toMatchObject({ code: 0 }) // prettier-ignore
  expect(written('deferred')).toBe(`${subscription(trap, `NONE, binary = true, synchronous_commit = 'off', origin = any`, '"a b"')}\n`) // prettier-ignore
  expect(written('subscriptions')).toBe(
    `"a b"\0ALTER SUBSCRIPTION "a b" SET (slot_name = 'live'); ALTER SUBSCRIPTION "a b" ENABLE; ALTER SUBSCRIPTION "a b" REFRESH PUBLICATION WITH (copy_data = false);\0`,
  )
  expect(feed(subscription(String.raw`E'a\\'' b'`, 'NONE')).code).toBe(0)
})

test.each([
  "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p;",
  "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (slot_name = 'live');",
  subscription("'x'", "'live', connect = true"),
  subscription("'x'", "'live', slot_name = 'live'"),
  subscription("'x'", "'live', enabled = true"),
  subscription("'x'", "'live', create_slot = true, copy_data = true"),
])('a subscription that could connect is refused: %s', (statement) => {
  expect(feed(statement)).toMatchObject({ code: 1, stderr: expect.stringMatching(/a shape that no dump has/) as string })
})

test('things of one tablespace go into another', () => {
  const body = `SET default_tablespace = fast;\nSET default_tablespace = "fa st";\nSET default_tablespace = slow;\nSET default_tablespace = '';\n`
  // Each session of psql begins with the settings of the one before it.
  const lines = turns(body, { tablespaces: 'fast\0pg "default\0fa st\0pg_default\0' })
  expect([...new Set(lines.filter((line) => line.startsWith('role')))]).toEqual([
    'role| SET default_tablespace = "pg ""default";',
    'role| SET default_tablespace = "pg_default";',
    'role| SET default_tablespace = slow;',
    "role| SET default_tablespace = '';",
  ])
})

test('a dump that ends too early is refused', () => {
  expect(feed('SELECT 1;', { tail: '' })).toMatchObject({ code: 1, stderr: expect.stringMatching(/it ends too early/) as string })
})

test('before a text that could end elsewhere, the login for loading sets again what psql reads it by', () => {
  const again = ["role| SET client_encoding = 'UTF8';", 'role| SET standard_conforming_strings = on;']
  expect(turns("SELECT pg_catalog.setval('public.\"a\\''\"', 1, true);\nSELECT 'é';\nSELECT 1;")).toEqual([
    ...again,
    "role| SELECT pg_catalog.setval('public.\"a\\''\"', 1, true);",
    ...again,
    "role| SELECT 'é';",
    'role| SELECT 1;',
  ])
})
