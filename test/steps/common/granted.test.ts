import { expect, test } from 'vitest'
import { printable, revokeByHand, showGranted, someOf } from '../../../lib/steps/common/granted.ts'
import type { Granted } from '../../../lib/steps/common/granted.ts'

const table: Granted = {
  kind: 'table',
  revocable: true,
  grantor: null,
  owner: null,
  privileges: ['INSERT', 'UPDATE'],
  count: 2,
  names: ['public.a', 'public."b c"'],
  schemas: ['public'],
}
const future: Granted = {
  ...table,
  kind: 'new tables',
  names: ['FOR ROLE x IN SCHEMA public', 'FOR ROLE y'],
  schemas: ['public'],
}

test.each<[string, Partial<Granted>, string, string]>([
  ['tables', {}, 'INSERT, UPDATE on public.a, public."b c"', 'REVOKE INSERT, UPDATE ON TABLE public.a, public."b c" FROM who'],
  [
    'many tables of one schema',
    { count: 10_000 },
    'INSERT, UPDATE on public.a, public."b c" and 9998 more',
    'REVOKE INSERT, UPDATE ON ALL TABLES IN SCHEMA public FROM who',
  ],
  [
    'many sequences of many schemas',
    { kind: 'sequence', privileges: ['USAGE'], count: 9, names: ['a.s', 'b.s', 'c.s'], schemas: ['a', 'b', 'c'] },
    'USAGE on sequence a.s, b.s, c.s and 6 more',
    'REVOKE USAGE ON ALL SEQUENCES IN SCHEMA a FROM who; REVOKE USAGE ON ALL SEQUENCES IN SCHEMA b FROM who; REVOKE USAGE ON ALL SEQUENCES IN SCHEMA c FROM who; and so on for further schemas',
  ],
  [
    'a schema',
    { kind: 'schema', privileges: ['CREATE'], count: 1, names: ['"S"'], schemas: ['"S"'] },
    'CREATE on schema "S"',
    'REVOKE CREATE ON SCHEMA "S" FROM who',
  ],
  [
    'the database',
    { kind: 'database', privileges: ['TEMPORARY'], count: 1, names: ['db'], schemas: [] },
    'TEMPORARY on database db',
    'REVOKE TEMPORARY ON DATABASE db FROM who',
  ],
  [
    'future tables',
    { ...future, privileges: ['SELECT'] },
    'SELECT on new tables of x in public, of y',
    'ALTER DEFAULT PRIVILEGES FOR ROLE x IN SCHEMA public REVOKE SELECT ON TABLES FROM who; ALTER DEFAULT PRIVILEGES FOR ROLE y REVOKE SELECT ON TABLES FROM who',
  ],
  [
    'what another role passed on',
    { grantor: 'g' },
    'INSERT, UPDATE on public.a, public."b c"',
    'SET ROLE g; REVOKE INSERT, UPDATE ON TABLE public.a, public."b c" FROM who; RESET ROLE',
  ],
  [
    'what another role passed on that acts for the owner now',
    { grantor: 'g', owner: 'o', revocable: false },
    'INSERT, UPDATE on public.a, public."b c"',
    'ALTER TABLE public.a OWNER TO g; ALTER TABLE public.a OWNER TO o; ALTER TABLE public."b c" OWNER TO g; ALTER TABLE public."b c" OWNER TO o; REVOKE INSERT, UPDATE ON TABLE public.a, public."b c" FROM who',
  ],
])('%s', (_what, change, shown, statements) => {
  expect(showGranted({ ...table, ...change })).toBe(shown)
  expect(revokeByHand([{ ...table, ...change }], 'who')).toBe(statements)
})

test('names are cut and made harmless for a terminal', () => {
  expect(someOf(['a', 'b'], 2)).toBe('a, b')
  expect(someOf(['a'], 2)).toBe('a and 1 more')
  expect(printable('a\u001B[2Jb\nc\u202Ed')).toBe('a?[2Jb?c?d')
})
