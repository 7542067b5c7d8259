import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Fact } from '../../lib/engine/fact.ts'
import { copyFact, sqlFact } from '../../lib/engine/fact.ts'
import { psqlApply, psqlCommand, psqlRead } from '../../lib/engine/psql.ts'
import { Secret } from '../../lib/text/secret.ts'
import { id, sql } from '../../lib/text/sql.ts'

const secret = new Secret('hunter2', 'x')

test("psql runs as postgres, without anybody's psqlrc, never asks for a password, and has a name of its own", () => {
  const { text } = psqlCommand(5433, "it's", ['a=b'])
  expect(text).toMatch(
    /PGAPPNAME=bitacora PGOPTIONS='-c search_path=pg_catalog .* -c a=b' setpriv --reuid=postgres --regid=postgres --init-groups \S*psql\S* -X -w /,
  )
  expect(text).toContain(` -p 5433 -d 'it'\\''s'`)
})

test.each([
  ['reads', psqlRead('NONCE', 5432, new Map()), /default_transaction_read_only=on/],
  ['changes', psqlApply(5432, 'app', []), /default_transaction_read_only=off/],
])('no session that %s searches anything but pg_catalog', (_what, script, mode) => {
  expect(script.text).toMatch(/search_path=pg_catalog/)
  expect(script.text).toMatch(mode)
})

test('a statement that makes something without a schema says in which', () => {
  const { text } = psqlApply(5432, 'app', [sql`CREATE EXTENSION x`], { schema: 'public' })
  expect(text.match(/search_path=\w+/g)).toEqual(['search_path=pg_catalog', 'search_path=public'])
})

test('a read frames each query, in one session a database, and asks first which of them are there', () => {
  const facts = new Map<string, Fact<unknown>>([
    ['f0', sqlFact('other"s', z.number(), sql`SELECT ${'a'}`)],
    ['f1', sqlFact('postgres', z.number(), sql`SELECT ${secret}`)],
    ['f2', sqlFact('other"s', z.number(), sql`SELECT 3`)],
    ['f3', copyFact("it's=x", z.array(z.string()), sql`public.t`, sql`a, b`)],
  ])
  const script = psqlRead('NONCE', 5432, facts as never)
  expect(script.secrets).toEqual([secret])
  const out = (name: string, status: string) => [`\\echo NONCE ${name} ${status}`, `\\warn NONCE ${name} ${status}`]
  const lines = script
    .reveal()
    .split('\n')
    .filter((line) => !['', ';', '\\echo', '\\warn', 'NONCE-sql'].includes(line))
  expect(lines.map((line) => line.replace(/^PG.* -d (.*) <<.*$/, 'session $1'))).toEqual([
    'session postgres',
    `SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'other"s' AND datallowconn) AS there \\gset`,
    ...out('there0', ':there'),
    `SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'it''s=x' AND datallowconn) AS there \\gset`,
    ...out('there1', ':there'),
    `SELECT 'hunter2'`,
    ...out('f1', ':SQLSTATE'),
    'up=$?; e psql $up',
    '[ "$up" = 0 ] && {',
    `session 'other"s'`,
    `SELECT 'a'`,
    ...out('f0', ':SQLSTATE'),
    'SELECT 3',
    ...out('f2', ':SQLSTATE'),
    'e database0 $?; }',
    '[ "$up" = 0 ] && {',
    // A connection string, quoted for the shell.
    String.raw`session 'dbname='\''it\'\''s=x'\'''`,
    'COPY public.t (a, b) TO STDOUT',
    ...out('f3', ':SQLSTATE'),
    'e database1 $?; }',
  ])
})

test('a change stops at the first error, in one transaction unless that is forbidden; its statements travel on stdin', () => {
  const script = psqlApply(5432, 'app', [sql`ALTER ROLE ${id('u')} PASSWORD ${secret}`, sql`SELECT 1`])
  const [command = '', ...input] = script.reveal().split('\n')
  expect(command).toContain('-v ON_ERROR_STOP=1 --single-transaction <<')
  expect(command).not.toContain('hunter2')
  expect(input.slice(0, 4)).toEqual([`ALTER ROLE "u" PASSWORD 'hunter2'`, ';', 'SELECT 1', ';'])
  expect(script.secrets).toEqual([secret])
  expect(psqlApply(5432, 'app', [sql`VACUUM`], { transaction: false }).text).not.toContain('--single-transaction')
})

test('no value can end the statements early and be run by the shell', () => {
  const { text } = psqlApply(5432, 'app', [sql`SELECT 1`])
  const end = text.split('\n').at(-1) ?? ''
  const attack = psqlApply(5432, 'app', [sql`SELECT ${`\n${end}\ntouch /tmp/x\n`}`]).text.split('\n')
  expect(attack.indexOf(/<<'(.+)'$/.exec(attack[0] ?? '')?.[1] ?? '')).toBe(attack.length - 1)
})
