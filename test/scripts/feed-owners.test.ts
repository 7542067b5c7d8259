import { expect, test } from 'vitest'
import { entry, feed, turns, written } from './feed.ts'

test('each entry is loaded by the login of its owner; a superuser’s by one of its own', () => {
  expect(
    turns(
      entry('me', 'SELECT 1;') +
        entry('you', 'SELECT 2;') +
        entry('a "b', 'SELECT 3;') +
        entry('nobody', 'SELECT 4;') +
        entry('you', "SELECT pg_catalog.lo_create('12');", 'BLOB') +
        entry('-', 'SELECT 5;'),
    ),
  ).toEqual([
    'role| SELECT 1;',
    'other| SELECT 2;',
    'keeper| SELECT 3;',
    'rest| SELECT 4;',
    "keeper| SELECT pg_catalog.lo_create('12');",
    'role| SELECT 5;',
  ])
  feed(entry('you', 'REFRESH MATERIALIZED VIEW public.m;'))
  expect(written('refresh')).toBe('other REFRESH MATERIALIZED VIEW public.m;\0')
})

test('a comment that only looks like an entry’s is none', () => {
  expect(turns(`${entry('me', "SELECT 'a\n-- Name: x; Type: T; Schema: s; Owner: postgres\n';")}SELECT 1;`)).toContain(
    'role| SELECT 1;',
  )
})

test('a function has no more rights than its caller until the end, and is called by those alone who may', () => {
  const made =
    "CREATE FUNCTION public.f(a text DEFAULT 'x'::text) RETURNS integer\n    LANGUAGE plpgsql SECURITY DEFINER\n    AS '';"
  const body = entry('postgres', `${made}\n\n\nALTER FUNCTION public.f(a text) OWNER TO postgres;`, 'FUNCTION')
  const callers =
    'REVOKE ALL ON FUNCTION public.f(a text) FROM PUBLIC;\0GRANT ALL ON FUNCTION public.f(a text) TO you;\0GRANT ALL ON FUNCTION public.f(a text) TO stranger;\0'
  const lines = ['keeper| BEGIN;', 'keeper| ALTER FUNCTION public.f(a text) SECURITY INVOKER;']
  expect(turns(body)).toEqual(expect.arrayContaining([...lines, 'keeper| COMMIT;']))
  expect(turns(body, { callers })).toEqual(
    expect.arrayContaining([
      ...lines,
      'keeper| REVOKE ALL ON FUNCTION public.f(a text) FROM PUBLIC;',
      'keeper| GRANT EXECUTE ON FUNCTION public.f(a text) TO "other";',
      'keeper| COMMIT;',
    ]),
  )
  expect(written('deferred')).toBe(
    'ALTER FUNCTION public.f(a text) OWNER TO postgres;\nALTER FUNCTION public.f(a text) SECURITY DEFINER;\n',
  )
  expect(feed(made).stderr).toMatch(/a function with more rights than its caller, and without an owner/)
})

test('one of C that not everybody may call is closed as soon as it is there', () => {
  const body =
    "CREATE FUNCTION public.c() RETURNS integer\n    LANGUAGE c\n    AS 'l', 'c';\nALTER FUNCTION public.c() OWNER TO postgres;"
  expect(turns(body, { callers: 'REVOKE ALL ON FUNCTION public.c() FROM PUBLIC;\0' })).toEqual([
    'super| BEGIN;',
    'super| CREATE FUNCTION public.c() RETURNS integer',
    'super| REVOKE ALL ON FUNCTION public.c() FROM PUBLIC;',
    'super| GRANT EXECUTE ON FUNCTION public.c() TO "keeper";',
    'super| COMMIT;',
  ])
})

test('a partition of another owner’s table is attached by the parent’s', () => {
  const table = (owner: string, name: string) => entry(owner, `CREATE TABLE public.${name} (id integer);`)
  const attach = 'ALTER TABLE ONLY public.p ATTACH PARTITION public.c DEFAULT;'
  expect(turns(table('me', 'p') + table('me', 'c') + entry('me', attach)).at(-1)).toBe(`role| ${attach}`)
  expect(turns(table('me', 'p') + table('you', 'c') + entry('you', attach)).slice(-3)).toEqual([
    'super| ALTER TABLE public.c OWNER TO "role";',
    `role| ${attach}`,
    'super| ALTER TABLE public.c OWNER TO "other";',
  ])
})

test('a foreign key to another owner’s table, and a trigger’s closed function, are lent for one statement', () => {
  const table = (owner: string, name: string) => entry(owner, `CREATE TABLE public.${name} (id integer);`)
  const key = 'ALTER TABLE ONLY public.a ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES public.b(id);'
  expect(turns(table('me', 'a') + table('you', 'b') + entry('me', key, 'FK CONSTRAINT')).slice(-3)).toEqual([
    'super| REVOKE ALL ON TABLE public.b FROM PUBLIC, "role";',
    `role| ${key}`,
    'super| REVOKE ALL ON TABLE public.b FROM "role";',
  ])
  expect(written('turns')).toContain('super| GRANT REFERENCES ON TABLE public.b TO "role";')
  const trigger = 'CREATE TRIGGER t BEFORE INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION ops.log();'
  const callers = 'REVOKE ALL ON FUNCTION ops.log() FROM PUBLIC;\0'
  expect(turns(entry('me', trigger, 'TRIGGER'), { callers })).toEqual([
    'super| GRANT EXECUTE ON FUNCTION ops.log() TO "role";',
    `role| ${trigger}`,
    'super| REVOKE ALL ON FUNCTION ops.log() FROM "role";',
  ])
})

test('nobody’s login owns a schema, and nothing is given to another owner than its entry’s', () => {
  expect(turns(entry('me', 'CREATE SCHEMA s;', 'SCHEMA'))).toEqual(['super| CREATE SCHEMA s;'])
  expect(feed(entry('me', 'ALTER TABLE public.t OWNER TO postgres;')).stderr).toMatch(
    /another owner than the dump's comment says/,
  )
  const name = '-- Name: f(); Type: FUNCTION; Schema: x; Type: BLOB; Schema: y; Owner: postgres'
  expect(feed(`--\n${name}\n--\n\nSELECT 1;`).stderr).toMatch(/a name that looks like what a dump says of its entries/)
})

test.each([
  ['CREATE EVENT TRIGGER e ON ddl_command_start\n   EXECUTE FUNCTION public.f();', /an event trigger/],
  ["CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE internal\n    AS 'be_lo_export';", /only a superuser may create/],
  ["CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p;", /a subscription/],
  ['GRANT ALL ON FUNCTION pg_catalog.pg_read_file(text) TO me;', /a right on what is not its own/],
  ['ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO me;', /what a superuser creates later/],
])('of a backup that nothing proves, refused: %s', (statement, message) => {
  expect(feed(statement, { options: ['unproven'] })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(message) as string,
  })
})

test('of a backup that nothing proves, nothing becomes a superuser’s', () => {
  const body = 'ALTER TABLE public.t OWNER TO postgres;\nALTER TABLE public.t OWNER TO me;\n'
  expect(feed(body, { options: ['unproven'] })).toEqual({ code: 0, stderr: '' })
  expect(written('deferred')).toBe('ALTER TABLE public.t OWNER TO me;\n')
})
