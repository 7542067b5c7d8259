import { expect, test } from 'vitest'
import { entry, feed, turns, whose } from './feed.ts'

const parent = (owner: string) => entry(owner, 'CREATE TABLE public.parent (\n    id integer\n);')
const CHILD = `CREATE TABLE public.child (
    a text DEFAULT 'x, y)'::text NOT NULL COLLATE pg_catalog."C",
    "b DEFAULT" numeric(5,2),
    CONSTRAINT "c,d" CHECK ((a <> ','::text)) NO INHERIT
)
INHERITS (public.parent)
WITH (fillfactor='50');`

test('a table whose parent is another’s is created without expressions by a superuser, and its owner adds them', () => {
  const lines = turns(parent('you') + entry('me', CHILD)).slice(3)
  expect(lines).toEqual([
    'super| CREATE TABLE public.child (a text NOT NULL COLLATE pg_catalog."C", "b DEFAULT" numeric(5,2))',
    'super| INHERITS (public.parent)',
    "super| WITH (fillfactor='50');",
    'super| ALTER TABLE public.child OWNER TO "role";',
    `role| ALTER TABLE ONLY public.child ALTER COLUMN a SET DEFAULT 'x, y)'::text;`,
    `role| ALTER TABLE ONLY public.child ADD CONSTRAINT "c,d" CHECK ((a <> ','::text)) NO INHERIT;`,
  ])
})

test('one of its own, or with what cannot be added later, is created by its owner’s login', () => {
  expect(turns(parent('me') + entry('me', CHILD)).join('\n')).not.toContain('super|')
  const column = '"b DEFAULT" numeric(5,2)'
  for (const odd of [
    'g integer GENERATED ALWAYS AS ((1 + 1)) STORED',
    'g integer CHECK (public.f())',
    "g public.t('x')",
    'LIKE public.x',
  ])
    expect(turns(parent('you') + entry('me', CHILD.replace(column, odd))).join('\n')).not.toContain('super|')
  const tail = CHILD.replace("WITH (fillfactor='50')", 'PARTITION BY RANGE (public.f(a))')
  expect(turns(parent('you') + entry('me', tail)).join('\n')).not.toContain('super|')
})

test('a superuser’s foreign table is created by one, but of no backup that nothing proves', () => {
  const foreign = `CREATE FOREIGN TABLE public.f (\n    line text DEFAULT 'x'::text\n)\nSERVER files\nOPTIONS (\n    filename '/etc/hostname'\n);`
  expect(turns(entry('postgres', foreign))).toEqual(
    expect.arrayContaining(['super| CREATE FOREIGN TABLE public.f (line text)', "keeper| ALTER TABLE ONLY public.f ALTER COLUMN line SET DEFAULT 'x'::text;"]), // prettier-ignore
  )
  expect(feed(entry('postgres', foreign), { options: ['unproven'] }).stderr).toMatch(
    /a table of a superuser, in a backup that nothing proves/,
  )
  expect(turns(entry('me', foreign)).join('\n')).not.toContain('super|')
})

test('statistics are made by the login of their table’s owner', () => {
  const statistics = 'CREATE STATISTICS public.s ON a, b FROM public.parent;'
  expect(turns(parent('you') + entry('me', statistics))).toContain(`other| ${statistics}`)
})

test('a table of another owner is published by a superuser, unless an expression chooses its rows', () => {
  expect(whose('ALTER PUBLICATION p ADD TABLE ONLY public.t (a, b);')).toBe('super')
  expect(whose('ALTER PUBLICATION p ADD TABLE ONLY public.t WHERE (public.f(a));')).toBe('role')
})
