import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { fileFact, shellFact, sqlFact, textFact } from '../../lib/engine/fact.ts'
import type { Fact } from '../../lib/engine/fact.ts'
import { ReadError, read } from '../../lib/engine/read.ts'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import { sql } from '../../lib/text/sql.ts'
import { localMachine, scriptedMachine } from './support.ts'
import type { Sent } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const masker = new Masker().add(new Secret('hunter2-hunter2', 'x'))

async function answersOf(facts: readonly Fact<unknown>[], machine = localMachine()) {
  const { answers } = await read(machine, facts, 5432, masker)
  return facts.map((fact) => answers.get(fact))
}

test('shell facts, each in a shell of its own, in one script', async () => {
  const json = z.object({ a: z.number() }).nullable()
  const facts = [
    shellFact(json, sh`echo '{"a": 1}'; exit`),
    shellFact(json, sh`x=left; cd /tmp; echo warning >&2`),
    shellFact(json, sh`echo '{"a": 2'"$x"'}'; cat`),
    shellFact(json, sh`echo started; echo 'hunter2-hunter2 is wrong' >&2; exit 3`),
    shellFact(json, sh`echo '{"a"'`),
    shellFact(json, sh`echo '{"a":"hunter2-hunter2"}'`),
    textFact(z.string().nullable(), sh`printf '[1]\n ñ'`),
    textFact(z.string().nullable(), sh`:`),
  ]
  const machine = localMachine()
  expect(await answersOf(facts, machine)).toEqual([
    { value: { a: 1 } },
    { value: null },
    { value: { a: 2 } },
    { error: 'exit 3: •••• is wrong' },
    { error: 'the answer is not JSON' },
    { error: 'the answer has another shape than expected: a invalid_type' },
    { value: '[1]\n ñ' },
    { value: null },
  ])
  expect(machine.scripts.length).toBe(1)
})

test('the same question is asked once, whatever each fact makes of the answer', async () => {
  const once = sh`mkdir ${at('once')} && echo 1`
  const facts = [textFact(z.string().trim(), once), textFact(z.coerce.number(), once), textFact(z.string(), sh`echo 2`)]
  expect(await answersOf(facts)).toEqual([{ value: '1' }, { value: 1 }, { value: '2\n' }])
})

const CONTENTS = {
  usual: 'first\nsecond\nthird\n',
  'no newline at the end': 'first\nsecond',
  empty: '',
  blank: '\n\n',
  'odd text': '  \\n \'x\' "$y" `z` \t\r\n%s ñ 😀\n',
  'an odd name \'"$x é': 'x\n',
  '-n': '-n\n',
  'a|b': 'x',
}

test.each(Object.entries(CONTENTS))('a file: %s', async (name, text) => {
  writeFileSync(at(name), text)
  chmodSync(at(name), 0o640)
  const { username } = userInfo()
  const bytes = Buffer.byteLength(text)
  const state = { type: 'file', mode: '0640', owner: username, group: expect.any(String), bytes, sha256: sha256(text) }
  const head = text.split('\n', 2).join('\n')
  const [whole, first] = await answersOf([fileFact(at(name), { text: true }), fileFact(at(name))])
  expect(whole).toEqual({ value: { ...state, text, head } })
  expect(first).toEqual({ value: { ...state, head: expect.stringMatching(/^[^\n]*\n?[^\n]*$/) } })
  expect((first as { value: { head: string } }).value.head.trimEnd()).toBe(head.trimEnd())
})

test('what is no text file has other bytes than its text', async () => {
  const binary = Buffer.from([0x61, 0x00, 0xff, 0x0a])
  writeFileSync(at('binary'), binary)
  const [answer] = await answersOf([fileFact(at('binary'), { text: true })])
  expect(answer).toMatchObject({ value: { bytes: 4, sha256: sha256(binary) } })
  expect(Buffer.from((answer as { value: { text: string } }).value.text)).not.toEqual(binary)
})

test('a folder, and a link that is not followed', async () => {
  mkdirSync(at('folder'))
  // A mode at its making would be cut by the umask.
  chmodSync(at('folder'), 0o750)
  symlinkSync(at('usual'), at('link'))
  symlinkSync(at('nowhere'), at('dangling'))
  const found = await answersOf(['folder', 'link', 'dangling'].map((name) => fileFact(at(name), { text: true })))
  expect(found).toMatchObject([
    { value: { type: 'directory', mode: '0750' } },
    { value: { type: 'symlink' } },
    { value: { type: 'symlink' } },
  ])
  for (const answer of found) expect(answer).not.toHaveProperty('value.text')
})

test('missing is null; what cannot be looked at is an error with its reason, whatever else is missing', async () => {
  writeFileSync(at('x'), '')
  const found = await answersOf(['x/y', 'gone', 'gone2/sub'].map((name) => fileFact(at(name))))
  expect(found).toEqual([{ error: expect.stringMatching(/Not a directory$/) }, { value: null }, { value: null }])
})

test("a complaint about a path is not taken for another's whose name it begins with", async () => {
  writeFileSync(at('z'), '')
  writeFileSync(at('pq'), '')
  const found = await answersOf([at('pq/x'), at('p'), at('z/a'), at('z/ab')].map((path) => fileFact(path)))
  expect(found).toEqual([
    { error: expect.any(String) },
    { value: null },
    { error: expect.any(String) },
    { error: expect.any(String) },
  ])
  const mixed: Sent[] = [
    ['start', 0],
    ['lock', 0],
    [
      'stat',
      1,
      '',
      "stat: cannot statx '/a/bc': No such file or directory\nstat: cannot statx '/x/a/b': No such file or directory\nstat: cannot statx '/a/b': Permission denied",
    ],
    ['sums', 0],
    ['end', 0],
  ]
  const mixedMachine = { ...scriptedMachine(() => ({ frames: mixed })), scripts: [] }
  expect(await answersOf([fileFact('/a/bc'), fileFact('/a/b')], mixedMachine)).toEqual([
    { value: null },
    { error: "stat: cannot statx '/a/b': Permission denied" },
  ])
})

test('a path asked for twice is looked at once; both get their answer', async () => {
  writeFileSync(at('twice'), 'a\nb\nc')
  const machine = localMachine()
  const found = await answersOf([fileFact(at('twice')), fileFact(at('twice'), { text: true })], machine)
  expect(found).toMatchObject([{ value: { head: 'a\nb' } }, { value: { text: 'a\nb\nc' } }])
  expect(machine.scripts[0]?.match(/^stat .*$/m)?.[0].split(at('twice')).length).toBe(2)
})

test('SQL facts: a row, none, an absent database, an absent table, an error, a psql that did not start', async () => {
  const number = z.number().nullable()
  const facts = [1, 2, 3, 4, 5, 6].map((value) =>
    sqlFact(value === 3 ? 'other' : 'postgres', number, sql`SELECT ${value}`, value === 4 ? ['42P01'] : []),
  )
  const frames: Sent[] = [
    ['start', 0],
    ['lock', 0],
    ['f0', '00000', '1\n'],
    ['f1', '00000'],
    ['there0', 'f'],
    ['f3', '42P01', '', 'ERROR:  relation "x" does not exist\n'],
    ['f4', '42P01', '', 'ERROR:  relation "hunter2-hunter2" does not exist\n'],
    ['psql', 2, '', 'psql: error: connection refused\n'],
    ['end', 0],
  ]
  const { answers } = await read(
    scriptedMachine(() => ({ frames })),
    facts,
    5432,
    masker,
  )
  expect([...answers.values()]).toEqual([
    { value: 1 },
    { value: null },
    { value: null },
    { value: null },
    { error: 'ERROR:  relation "••••" does not exist (SQLSTATE 42P01)' },
    { error: 'psql: error: connection refused' },
  ])
})

test.each([
  ['no shell', [], 1, 'sudo: hunter2-hunter2: no', 'the shell on the host did not start: exit 1: sudo: ••••: no'],
  ['no line', [], null, '', 'the connection ended before the shell on the host answered, nothing was said\nWhat was being read'],
  ['no word', [], 1, '', 'the shell on the host did not start: exit 1, nothing was said'],
  [
    'cut off',
    [
      ['start', 0],
      ['lock', 0],
    ],
    null,
    'Killed hunter2-hunter2',
    'the connection ended while the host was being read: Killed ••••\nWhat was being read changes nothing on the host; run the same',
  ],
  ['stopped', [['start', 0]], 143, '', 'the answers stopped half way (exit 143), nothing was said'],
] as const)('%s is an error of the whole batch', async (_what, frames, code, tail, message) => {
  const reading = read(
    scriptedMachine(() => ({ frames, code, tail })),
    [],
    5432,
    masker,
  )
  await expect(reading).rejects.toThrow(ReadError)
  await expect(reading).rejects.toThrow(message)
  await expect(reading).rejects.not.toThrow('hunter2')
})
