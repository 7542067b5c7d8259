import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { feed, written } from './feed.ts'
import { runPerl } from './perl.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-apart-'))
const KEPT = join(folder, 'apart.sql')
const entry = (type: string, name: string, schema: string, text: string) =>
  `--\n-- ${type === 'TABLE DATA' ? 'Data for ' : ''}Name: ${name}; Type: ${type}; Schema: ${schema}; Owner: postgres\n--\n\n${text}\n\n`
const OURS = [
  entry('EXTENSION', 'pg_cron', '-', 'CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;'),
  entry('COMMENT', 'EXTENSION pg_cron', '-', "COMMENT ON EXTENSION pg_cron IS 'x';\n\n\nSET default_tablespace = fast;"),
  entry('TABLE DATA', 'job', 'cron', 'COPY cron.job (id, command) FROM stdin;\n1\tSELECT 1\n2\t\\\\.\n\\.\n'),
  entry('SEQUENCE SET', 'job_seq', 'cron', "SELECT pg_catalog.setval('cron.job_seq', 2, true);"),
  entry('ACL', 'SCHEMA cron', '-', 'GRANT USAGE ON SCHEMA cron TO you;'),
  entry('ACL', 'TABLE job', 'cron', 'GRANT SELECT ON TABLE cron.job TO you;'),
]
// Somebody's own, or named so in the comment alone: not for a superuser to run.
const NOT_OURS = [
  entry('TRIGGER', 'job t', 'cron', 'CREATE TRIGGER t AFTER INSERT ON cron.job FOR EACH ROW EXECUTE FUNCTION public.f();'),
  entry('TABLE DATA', 'clients', 'cron', 'COPY public.clients (id) FROM stdin;\n7\n\\.\n'),
  entry('ACL', 'TABLE x', 'cron', 'GRANT SELECT ON TABLE public.clients TO you;'),
]
const REST = entry('TABLE', 't', 'public', 'CREATE TABLE public.t (id integer);')
const BODY = "SET client_encoding = 'UTF8';\n\n" + [...OURS, ...NOT_OURS, REST].join('')

beforeEach(() => {
  process.env['SINGLE'] = 'extension pg_cron\nschema cron\n'
  process.env['KEPT_APART'] = KEPT
  rmSync(KEPT, { force: true })
})
afterAll(() => {
  delete process.env['SINGLE']
  delete process.env['KEPT_APART']
  rmSync(folder, { recursive: true })
})

test('what is theirs is not loaded, and kept as SQL that brings it back', () => {
  expect(feed(BODY)).toEqual({ code: 0, stderr: '' })
  const loaded = written('turns') + written('deferred')
  expect(loaded).not.toMatch(/cron|clients/)
  expect(loaded).toContain('CREATE TABLE public.t (id integer);')
  expect(loaded).toContain('SET default_tablespace = fast;')
  expect(readFileSync(KEPT, 'utf8').split('\n')).toEqual([
    "SET client_encoding = 'UTF8';",
    'CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;',
    'COPY cron.job (id, command) FROM stdin;',
    '1\tSELECT 1',
    '2\t\\\\.',
    '\\.',
    "SELECT pg_catalog.setval('cron.job_seq', 2, true);",
    'GRANT USAGE ON SCHEMA cron TO you;',
    'GRANT SELECT ON TABLE cron.job TO you;',
    '',
  ])
})

test('nothing is kept for a drill', () => {
  process.env['KEPT_APART'] = ''
  expect(feed(BODY)).toEqual({ code: 0, stderr: '' })
  expect(existsSync(KEPT)).toBe(false)
})

test('without such an extension all is loaded', () => {
  process.env['SINGLE'] = ''
  expect(feed(OURS.join(''))).toEqual({ code: 0, stderr: '' })
  expect(written('turns')).toContain('COPY cron.job (id, command) FROM stdin;')
})

test('it is not compared', () => {
  const head = '--\n-- PostgreSQL database dump\n--\n\n'
  const tail = '\n--\n-- PostgreSQL database dump complete\n--\n\n'
  const digest = (body: string) =>
    runPerl(['reader', 'single-database', 'digest'], ['digest', 'b2sum'], head + body + tail).stdout
  expect(digest(BODY)).toBe(digest(`SET client_encoding = 'UTF8';\n\nSET default_tablespace = fast;\n\n${REST}`))
})
