import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { shellFact, textFact } from '../../lib/engine/fact.ts'
import type { Fact } from '../../lib/engine/fact.ts'
import { read } from '../../lib/engine/read.ts'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import { localMachine } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const masker = new Masker().add(new Secret('hunter2-hunter2', 'x'))

async function answersOf(facts: readonly Fact<unknown>[], machine = localMachine()) {
  const { answers } = await read(machine, facts, 5432, masker)
  return facts.map((fact) => answers.get(fact))
}

test('the generation is what the lock file says; without one it is empty', async () => {
  writeFileSync(at('lock'), '{"run":"1"}\nmore')
  expect(await read(localMachine(at('lock')), [], 5432, masker)).toEqual({ answers: new Map(), generation: '{"run":"1"}' })
  expect((await read(localMachine(at('none')), [], 5432, masker)).generation).toBe('')
})

const holder = { run: '1a2b', since: '2026-11-24T03:00:00.000Z', who: "it's * ? @ops", task: 'provision' }
const mark = (word: string, process = '1', started = '1') => `${word} bitacora-0 ${process} ${started} ${JSON.stringify(holder)}`
/** When this process started, as the kernel counts. */
const started = readFileSync('/proc/self/stat', 'utf8')
  .replace(/^.*\) /s, '')
  .split(' ')[19]!

test.each([
  ['a change that had ended', mark('changed'), undefined, false],
  ['a change whose process lives', mark('changing', String(process.pid), started), undefined, true],
  ['a change whose process was killed', mark('changing', '999999999'), undefined, false],
  ['a change whose process has its number no more', mark('changing', String(process.pid), '1'), undefined, false],
  ['a change that began meanwhile', mark('changed'), mark('changing', String(process.pid), started), true],
  ['a whole change meanwhile', mark('changed', '1'), mark('changed', '2'), true],
  ['the first change of all meanwhile', undefined, mark('changed', '2'), true],
])('a reading that meets %s', async (_what, before, after, isOverlap) => {
  rmSync(at('lock'), { force: true })
  if (before !== undefined) writeFileSync(at('lock'), `${before}\n`)
  const meanwhile = shellFact(z.null(), after === undefined ? sh`:` : sh`printf '%s\n' ${after} > ${at('lock')}`)
  const { overlap, generation } = await read(localMachine(at('lock')), [meanwhile], 5432, masker)
  expect([overlap, generation]).toEqual([isOverlap ? { holder } : undefined, before ?? ''])
})

test('a reading waits for no lock, and keeps nobody out', async () => {
  const [held, taken] = [at('held'), at('taken')]
  const child = spawn('flock', [held, 'sh', '-c', 'echo locked; read -r line'], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  expect((await read(localMachine(held), [], 5432, masker)).overlap).toBeUndefined()
  child.stdin.end()
  const probe = textFact(z.string(), sh`flock -n ${taken} echo free || echo held`)
  const { answers } = await read(localMachine(taken), [probe], 5432, masker)
  expect(answers.get(probe)).toEqual({ value: 'free\n' })
})

test('an answer that does not come costs its own time only, and what it started ends with it', async () => {
  const [pid, slow] = [at('pid'), shellFact(z.null(), sh`tail -f /dev/null & echo "$!" > ${at('pid')}; wait`, { deadline: 1 })]
  const quick = textFact(z.string(), sh`printf '%s' "$LC_ALL"; echo oops >&2`, { deadline: 20 })
  const failing = shellFact(z.null(), sh`cat; echo no >&2; exit 3`, { deadline: 20 })
  expect(await answersOf([slow, quick, failing])).toEqual([
    { error: 'no answer within 1 s' },
    { value: 'C.UTF-8' },
    { error: 'exit 3: no' },
  ])
  await vi.waitFor(() => expect(existsSync(`/proc/${readFileSync(pid, 'utf8').trim()}/stat`)).toBe(false), { timeout: 60_000 })
})

test('an answer without an end is its own trouble', async () => {
  const huge = textFact(z.string(), sh`head -c ${33 * 2 ** 20} /dev/zero`)
  const quick = textFact(z.string(), sh`echo here`)
  expect(await answersOf([huge, quick])).toEqual([{ error: 'the answer is longer than 32 MiB' }, { value: 'here\n' }])
})

test('a host that sends without end is given up', async () => {
  const endless = textFact(z.string(), sh`cat /dev/zero`)
  await expect(answersOf([endless])).rejects.toThrow('the host sent more than 256 MiB, the last of it after lock')
})

test('what a fact starts finds nothing open but its own streams', async () => {
  const fact = textFact(
    z.string().nullable(),
    sh`sh -c 'for n in 3 4 5 6 7 8 9; do [ ! -e /proc/self/fd/$n ] || echo "$n"; done'`,
    {
      deadline: 20,
    },
  )
  expect((await read(localMachine(), [fact], 5432, new Masker())).answers.get(fact)).toEqual({ value: null })
})
