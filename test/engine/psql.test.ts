import { expect, test } from 'vitest'
import { z } from 'zod'
import { sqlFact } from '../../lib/engine/fact.ts'
import { psqlApply, psqlCommand, psqlRead } from '../../lib/engine/psql.ts'
import { Secret } from '../../lib/secret.ts'
import { id, sql } from '../../lib/sql.ts'

const secret = new Secret('hunter2', 'x')

test("psql runs as postgres, without anybody's psqlrc, and with a name of its own", () => {
  const { text } = psqlCommand(5433, "it's", '-c a=b')
  expect(text).toMatch(
    /PGAPPNAME=bitacora PGOPTIONS='-c a=b' setpriv --reuid=postgres --regid=postgres --init-groups \S*psql\S* -X /,
  )
  expect(text).toContain(` -p 5433 -d 'it'\\''s'`)
})

test('a read is read-only, frames each query, and enters each other database once, if it is there', () => {
  const facts = new Map([
    ['f0', sqlFact('other"s', z.number(), sql`SELECT ${'a'}`)],
    ['f1', sqlFact('postgres', z.number(), sql`SELECT ${secret}`)],
    ['f2', sqlFact('other"s', z.number(), sql`SELECT 3`)],
  ] as const)
  const script = psqlRead('NONCE', 5432, facts as never)
  expect(script.text).toContain('default_transaction_read_only=on')
  expect(script.secrets).toEqual([secret])
  expect(script.text.split('\n').filter((line) => /^(SELECT [^E]|\\echo N|\\warn N|\\connect|\\else)/.test(line))).toEqual([
    `SELECT 'hunter2'`,
    '\\echo NONCE f1 :SQLSTATE',
    '\\warn NONCE f1 :SQLSTATE',
    '\\connect "other""s"',
    `SELECT 'a'`,
    '\\echo NONCE f0 :SQLSTATE',
    '\\warn NONCE f0 :SQLSTATE',
    'SELECT 3',
    '\\echo NONCE f2 :SQLSTATE',
    '\\warn NONCE f2 :SQLSTATE',
    '\\else',
    '\\echo NONCE f0 absent:there',
    '\\warn NONCE f0 absent:there',
    '\\echo NONCE f2 absent:there',
    '\\warn NONCE f2 absent:there',
  ])
})

test('a change stops at the first error, in one transaction unless that is forbidden; its statements travel on stdin', () => {
  const script = psqlApply(5432, 'app', [sql`ALTER ROLE ${id('u')} PASSWORD ${secret}`, sql`SELECT 1`])
  const [command = '', ...input] = script.text.split('\n')
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
