import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { templateText } from '../../lib/text/template.ts'

function reason(which: 'first' | 'last', text: string | Buffer): string {
  const run = `set -Eeuo pipefail; ${templateText('scripts/words.sh')}\nreason ${which} <(cat)`
  const { stdout, stderr } = spawnSync('bash', ['-c', run], {
    input: text,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  expect(stderr).toBe('')
  return stdout
}

const DUMP = `pg_dump: warning: there are circular foreign-key constraints on this table:
pg_dump: error: Dumping the contents of table "big" failed: PQgetResult() failed.
pg_dump: detail: Error message from server: ERROR:  invalid memory alloc request size 1073741824
pg_dump: detail: Command was: COPY public.big (body) TO stdout;
`
const BIG = 'pg_dump: error: Dumping the contents of table "big" failed: ERROR:  invalid memory alloc request size 1073741824'
test.each<[what: string, text: string, first: string, last: string]>([
  ['a table that pg_dump can’t read', DUMP, BIG, BIG],
  ['the same by PostgreSQL 13', DUMP.replaceAll('detail', 'error').replace(/^.*Command.*$/m, ''), BIG, BIG],
  [
    'a warning before the error',
    'psql:<stdin>:4: WARNING:  wal_level is insufficient\nHINT:  Set it.\npsql:<stdin>:9: ERROR:  must be owner of table t\nDETAIL:  x\npsql:<stdin>:9: STATEMENT:  ALTER PUBLICATION p ADD TABLE ONLY public.t;\n',
    'psql:<stdin>:9: ERROR:  must be owner of table t',
    'psql:<stdin>:9: ERROR:  must be owner of table t',
  ],
  [
    'an error, then its end',
    'FATAL:  terminating connection due to administrator command\nserver closed the connection unexpectedly\n\tThis probably means\n',
    'FATAL:  terminating connection due to administrator command',
    'FATAL:  terminating connection due to administrator command',
  ],
  [
    'two errors',
    'psql:<stdin>:1: ERROR:  a\npsql:<stdin>:2: ERROR:  b\n',
    'psql:<stdin>:1: ERROR:  a',
    'psql:<stdin>:2: ERROR:  b',
  ],
  [
    'a login that is refused',
    'psql: error: connection to server at "::1", port 5432 failed: FATAL:  no\nconnection to server at "127.0.0.1" failed\n',
    'psql: error: connection to server at "::1", port 5432 failed: FATAL:  no',
    'psql: error: connection to server at "::1", port 5432 failed: FATAL:  no',
  ],
  ['another language', 'psql:<stdin>:1: WARNING:  x\nFEHLER:  nein\nZEILE 1: x\n', 'FEHLER:  nein', 'ZEILE 1: x'],
  ['a warning alone', 'psql:<stdin>:1: WARNING:  x\n', 'psql:<stdin>:1: WARNING:  x', 'psql:<stdin>:1: WARNING:  x'],
  [
    'ssh',
    'Warning: Permanently added\r\nu@box: Permission denied\r\nConnection closed\r\n',
    'Warning: Permanently added',
    'u@box: Permission denied',
  ],
  ['nothing', '', 'no reason given', 'no reason given'],
])('the reason of %s', (_, text, first, last) => {
  expect(reason('first', text)).toBe(first)
  expect(reason('last', text)).toBe(last)
})

test('an error in another encoding than UTF-8 is shown without the bytes that are no letter', () => {
  const text = 'psql:<stdin>:1: ERROR:  relation "Stra\xdfe" does not exist\n'
  expect(reason('first', Buffer.from(text, 'latin1'))).toBe('psql:<stdin>:1: ERROR:  relation "Stra?e" does not exist')
  expect(reason('first', text)).toBe(text.trim())
})

test('a value in an error does not fill the line', () => {
  expect(reason('first', `ERROR:  invalid input syntax: "${'x'.repeat(2_000_000)}"`)).toHaveLength(600)
})

test.each([
  ['shop', 'shop'],
  ["it's odd", "it's odd"],
  ['a=b', "dbname='a=b'"],
  [String.raw`it's a\b=c`, String.raw`dbname='it\'s a\\b=c'`],
  ['postgres://x', "dbname='postgres://x'"],
])('the database %s is %s for -d of psql', (name, expected) => {
  const run = `set -eu; ${templateText('scripts/words.sh')}\nfor_psql "$1"`
  expect(spawnSync('bash', ['-c', run, 'bash', name], { encoding: 'utf8' }).stdout).toBe(expected)
})
