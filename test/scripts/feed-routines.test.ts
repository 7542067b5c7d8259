import { expect, test } from 'vitest'
import { entry, feed, turns, written } from './feed.ts'

const OWNED = 'ALTER FUNCTION public.f() OWNER TO me;'
const made = (head: string, body = "AS $$ LEAKPROOF\n    SET log_statement TO 'none'\n$$") =>
  `CREATE FUNCTION public.f() RETURNS integer\n    ${head}\n    ${body};`

test('what only a superuser may give a function is given last, and its text stays', () => {
  process.env['PRIVILEGED'] = 'log_statement\nLC_messages'
  const head = `LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 5 SUPPORT pg_catalog.s\n    SET search_path TO 'a', '"b c"'\n    SET log_statement TO 'none'\n    SET lc_messages TO 'C'`
  expect(turns(entry('me', `${made(head)}\n${OWNED}`, 'FUNCTION')).join('\n')).toBe(
    [
      'CREATE FUNCTION public.f() RETURNS integer',
      '    LANGUAGE plpgsql IMMUTABLE COST 5',
      `    SET search_path TO 'a', '"b c"'`,
      '    AS $$ LEAKPROOF',
      "    SET log_statement TO 'none'",
      '$$;',
    ]
      .map((line) => `role| ${line}`)
      .join('\n'),
  )
  expect(written('deferred')).toBe(
    [OWNED, ...['LEAKPROOF', 'SUPPORT pg_catalog.s', "SET log_statement TO 'none'", "SET lc_messages TO 'C'"].map((option) => `ALTER FUNCTION public.f() ${option};`), ''].join('\n'), // prettier-ignore
  )
  expect(feed(made('LANGUAGE sql LEAKPROOF')).stderr).toMatch(/without an owner/)
  const unproven = feed(`${made('LANGUAGE sql LEAKPROOF')}\n${OWNED}`, { options: ['unproven'] })
  expect(unproven.stderr).toMatch(/what only a superuser may give it, in a backup that nothing proves/)
})

test('a text in the arguments is none of its options', () => {
  const text = `CREATE FUNCTION public.f(a text DEFAULT ' LEAKPROOF '::text, " LEAKPROOF " integer) RETURNS integer\n    LANGUAGE sql\n    RETURN 1;`
  expect(turns(entry('me', `${text}\n${OWNED}`, 'FUNCTION')).join('\n')).toContain(
    `DEFAULT ' LEAKPROOF '::text, " LEAKPROOF " integer`,
  )
  expect(written('deferred')).toBe(`${OWNED}\n`)
})
