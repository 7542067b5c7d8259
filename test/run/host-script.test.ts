import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { ConvergeEvent } from '../../lib/engine/converge.ts'
import { ifInstalled } from '../../lib/steps/backup/installed.ts'
import { runHostScript, whyFailed } from '../../lib/run/host-script.ts'
import type { HostScript } from '../../lib/run/host-script.ts'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { Script, sh } from '../../lib/text/sh.ts'
import { localMachine } from '../engine/support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-host-script-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const SECRET = new Secret(`p'a$s "word`, 'a secret')

async function ran(command: Script, rest: Partial<HostScript> = {}) {
  const events: ConvergeEvent[] = []
  const result = await runHostScript(
    localMachine(),
    { key: 'onquota/backup', change: { what: 'backup', from: null, to: 'made' }, command, deadline: 20, ...rest },
    { masker: new Masker().add(SECRET), emit: (event) => void events.push(event) },
  )
  const lines = events.flatMap((event) => (event.type === 'line' ? [event.line] : []))
  return { ...result, lines, first: events[0] }
}

test('its lines as they come, its exit code, both outputs', async () => {
  expect(await ran(sh`echo one; echo two >&2; echo three; exit 3`)).toMatchObject({
    status: '3',
    out: 'one\nthree\n',
    err: 'two\n',
    lines: ['one', 'three'],
    first: { type: 'applying', key: 'onquota/backup', change: { what: 'backup' } },
  })
})

test('the environment is the command’s own, secrets are masked in its lines alone, and stdin is empty', async () => {
  const { out, lines, file } = await ran(sh`printf '%s\n' "$WORD" | tee ${join(folder, 'word')}`, {
    env: { WORD: SECRET },
    catFile: join(folder, 'word'),
  })
  expect(lines).toEqual(['••••'])
  // Documents are read before they are masked.
  for (const text of [out, file]) expect(text).toBe(`${SECRET.reveal()}\n`)
  expect((await ran(sh`readlink /proc/self/fd/0`)).out).toBe('/dev/null\n')
  const { out: after } = await ran(sh`echo "$OTHER"`, { env: { OTHER: "it's $HOME" } })
  expect(after).toBe("it's $HOME\n")
  await expect(ran(sh`true`, { env: { 'A;B': 'x' } })).rejects.toThrow(TypeError)
})

test('a file’s content after the run, whatever the run’s end, and not among its lines', async () => {
  const file = join(folder, 'proof.json')
  expect(await ran(sh`echo said; echo '{"ok":false}' > ${file}; exit 1`, { catFile: file })).toMatchObject({
    status: '1',
    out: 'said\n',
    lines: ['said'],
    file: '{"ok":false}\n',
  })
  expect((await ran(sh`true`, { catFile: join(folder, 'none') })).file).toBeUndefined()
  expect((await ran(sh`true`)).file).toBeUndefined()
})

test('an end that was not seen', async () => {
  const result = await ran(sh`echo begun; kill -9 $$`)
  expect(result.status).toBeUndefined()
  expect(whyFailed(result)).toMatch(/outcome is not known/)
})

test('what it says to this program is no line for people, and all that it printed is kept', async () => {
  const signals: string[][] = []
  const command = sh`echo one; printf '\n%s login %s\n' "$BITACORA_FRAME" a_database; echo two`
  const said = await ran(command, { onSignal: (...signal) => void signals.push(signal) })
  expect(said).toMatchObject({ status: '0', out: 'one\ntwo\n', lines: ['one', 'two'] })
  expect(signals).toEqual([['login', 'a_database']])
  expect((await ran(sh`echo "[$BITACORA_FRAME]"`)).out).toBe('[]\n')
})

test('a script that is not there', async () => {
  const script = join(folder, 'backup.sh')
  const missing = await ran(ifInstalled(script, 'onquota', sh`${script}`))
  expect(whyFailed(missing)).toBe(`exit 127: ${script} is not there; this makes it: provision onquota`)
  writeFileSync(script, '#!/bin/sh\necho made\n', { mode: 0o755 })
  expect(await ran(ifInstalled(script, 'onquota', sh`${script}`))).toMatchObject({ status: '0', out: 'made\n' })
  expect(whyFailed({ status: '1', out: 'a\nb\n', err: '' })).toBe('exit 1: a\nb')
})
