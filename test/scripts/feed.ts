import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { FEED_PARTS } from '../../lib/steps/backup/scripts.ts'
import { runPerl } from './perl.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-feed-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const HEAD = '--\n-- PostgreSQL database dump\n--\n\n\\restrict aB3\n\n'
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict aB3\n\n'
const file = (name: string) => join(folder, name)
export const written = (name: string) => readFileSync(file(name), 'utf8')

/** What each psql would be given, in the order of their turns, and what is left for the end. The database's owner is `me`. */
export function feed(
  body: string,
  { options = [] as string[], tail = TAIL, callers = '', tablespaces = '', super: command = 'sed "s/^/super| /"' } = {},
) {
  rmSync(file('turns'), { force: true })
  writeFileSync(file('logins'), 'role me\nkeeper\nrest\nother you\nkeeper postgres\nkeeper a "b\n')
  writeFileSync(file('callers'), callers)
  const as = (who: string, text: string) => [who, 'sh', '-c', `${text} >> "$0"`, file('turns')]
  const files = ['logins', 'deferred', 'events', 'refresh', 'subscriptions'].map(file)
  const words = [...options, ...files, ...as('super:', command), ...as('role:', 'sed "s/^/${1#--username=}| /"')]
  process.env['CALLERS'] = file('callers')
  writeFileSync(file('tablespaces'), tablespaces)
  process.env['SPACES'] = file('tablespaces')
  const { code, stderr } = runPerl(['reader', ...FEED_PARTS], ['feed', ...words], HEAD + body + tail)
  return { code, stderr }
}
/** Without what the logins lend to each other. */
export const turns = (body: string, options = {}) => {
  expect(feed(body, options)).toEqual({ code: 0, stderr: '' })
  return written('turns')
    .split('\n')
    .filter((line) => line !== '' && !/^super\| {3}|^\w+\| (?:DO|END|GRANT (?:REFERENCES|USAGE))\b/.test(line))
}
export const whose = (statement: string) => {
  expect(feed(statement)).toEqual({ code: 0, stderr: '' })
  const left = ['deferred', 'events', 'refresh'].find((name) => written(name) !== '')
  return left ?? written('turns').split('|')[0]
}
/** An entry of a dump, as its comment says whose it is. */
export const entry = (owner: string, text: string, type = 'TABLE') =>
  `--\n-- Name: x; Type: ${type}; Schema: public; Owner: ${owner}\n--\n\n${text}\n\n`
