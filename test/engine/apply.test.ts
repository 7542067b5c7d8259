import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { apply } from '../../lib/engine/apply.ts'
import type { ApplyOptions } from '../../lib/engine/apply.ts'
import { LockBusyError, parseHolder } from '../../lib/engine/lock.ts'
import type { Machine } from '../../lib/engine/machine.ts'
import type { Planned } from '../../lib/engine/plan.ts'
import type { Change, Step } from '../../lib/engine/step.ts'
import { Masker, Secret } from '../../lib/secret.ts'
import { sh } from '../../lib/shell.ts'
import type { Script } from '../../lib/shell.ts'
import { awaits, fixed, localMachine, scriptedMachine } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'bitacora-'))
afterAll(() => rmSync(folder, { recursive: true }))
const LOCK = join(folder, 'lock')
const LOG = join(folder, 'log')
beforeEach(() => [LOCK, LOG].forEach((path) => writeFileSync(path, '')))

const holder = { run: '1a2b', since: '2026-11-24T03:00:00.000Z', who: "it's@ops", task: 'provision' }
const other = { run: 'ffff', since: '2026-11-24T02:00:00.000Z', who: 'eve@ops', task: 'backup' }
const masker = new Masker().add(new Secret('hunter2-hünter2', 'x'))

/** A change that leaves its name in the log. */
const change = (what: string, run: Script = sh`true`): Change => ({
  what,
  from: null,
  to: what,
  run: sh`echo ${what} >> ${LOG}\n${run}`,
})
const drift = (name: string, changes: Change[], needs: string[] = [], project: string | null = null): Planned => {
  const step: Step = { ...fixed(name, changes, needs), project }
  return { step, status: 'drift', changes }
}

async function applied(planned: Planned[], options: Partial<ApplyOptions> = {}, machine: Machine = localMachine(LOCK)) {
  const result = await apply(machine, planned, { holder, generation: '', wait: 0, ...options }, masker)
  return result.stale
    ? 'stale'
    : result.applied.map(({ key, change: { what }, outcome, error }) => [
        key,
        what,
        outcome,
        ...(error === undefined ? [] : [error]),
      ])
}
/** The lock file's, as a reading would find it. */
const lastMark = () => readFileSync(LOCK, 'utf8').trim()
const ran = () => readFileSync(LOG, 'utf8').split('\n').slice(0, -1)

test('all changes that can be run, in order, in one script; those for a person are left out', async () => {
  const machine = localMachine(LOCK)
  const forPerson: Change = { what: 'p', from: 1, to: 2 }
  expect(
    await applied(
      [drift('a', [change('1'), forPerson, change('2')]), drift('b', []), drift('a', [change('3')], ['a'], 'app')],
      {},
      machine,
    ),
  ).toEqual([
    ['a', '1', 'done'],
    ['a', '2', 'done'],
    ['app/a', '3', 'done'],
  ])
  expect(ran()).toEqual(['1', '2', '3'])
  expect(machine.scripts.length).toBe(1)
  expect(parseHolder(lastMark())).toEqual(holder)
})

test('a failing change leaves out the rest of its step and what needs it, in turn, and nothing else', async () => {
  const failing = change('1', sh`echo 'no hunter2-hünter2' >&2; exit 7`)
  const planned = [
    drift('a', [failing, change('2')]),
    drift('b', [change('3')], ['a']),
    drift('c', [change('4')], ['b']),
    drift('aa', [change('5')]),
    drift('d', [change('6')], ['aa']),
  ]
  expect(await applied(planned)).toEqual([
    ['a', '1', 'failed', 'exit 7: no ••••'],
    ['a', '2', 'skipped'],
    ['b', '3', 'skipped'],
    ['c', '4', 'skipped'],
    ['aa', '5', 'done'],
    ['d', '6', 'done'],
  ])
  expect(ran()).toEqual(['1', '5', '6'])
})

test('a change is a shell of its own that stops at its first error, without stdin', async () => {
  const planned = [
    drift('a', [change('1', sh`x=1; cd /tmp; false; echo on >> ${LOG}`)]),
    drift('b', [change('2', sh`cat; [ -z "$x" ]; [ "$PWD" = / ]; false || true; echo fine >> ${LOG}`)]),
    drift('c', [change('3', sh`echo said on stdout; exit 2`)]),
  ]
  expect(await applied(planned)).toEqual([
    ['a', '1', 'failed', 'exit 1: nothing was said'],
    ['b', '2', 'done'],
    ['c', '3', 'failed', 'exit 2: said on stdout'],
  ])
  expect(ran()).toEqual(['1', '2', 'fine', '3'])
})

test('what happens is told as it happens: starts, lines (masked), ends', async () => {
  const [began, told] = [join(folder, 'began'), join(folder, 'told')]
  const events: string[] = []
  const listeners: Partial<ApplyOptions> = {
    onStart(key, { what }) {
      events.push(`start ${key} ${what}`)
      writeFileSync(began, '')
    },
    onDone: ({ change: { what }, ms }) => events.push(`done ${what} ${ms >= 0}`),
    onLine(key, line) {
      events.push(`${key}: ${line}`)
      if (line !== 'a') writeFileSync(told, '')
    },
  }
  // Frames come by one stream and lines by another: each is sent when the one before has been seen.
  const talking = change('1', sh`${awaits(began)}; printf 'a\n\nhunter2-hünter2\n' >&2; ${awaits(told)}`)
  await applied([drift('a', [talking, change('2', sh`exit 1`), change('3')])], listeners)
  expect(events).toEqual(['start a 1', 'a: a', 'a: ••••', 'done 1 true', 'start a 2'])
})

test('a secret is masked in a line wherever the stream was cut', async () => {
  const bytes = [...Buffer.from('password hunter2-hünter2 refused\n').keys()]
  for (const piece of bytes.slice(1)) {
    const lines: string[] = []
    const frames = [
      ['start', 0],
      ['locked', 0],
      ['b0', 0],
      ['x', 0, 'password hunter2-hünter2 refused\n'],
      ['c0', 0],
      ['end', 0],
    ] as const
    await applied(
      [drift('a', [change('1')])],
      { onLine: (_key, line) => lines.push(line) },
      scriptedMachine(() => ({ frames }), piece),
    )
    expect(lines.join('\n'), `in pieces of ${piece} bytes`).not.toMatch(/hunter2|nter2/)
  }
})

test('frames that arrive in any pieces are all seen', async () => {
  const frames = [
    ['start', 0],
    ['locked', 0],
    ['b0', 0],
    ['c0', 0],
    ['b1', 0],
    ['c1', 4, '', 'no'],
    ['end', 0],
  ] as const
  for (let piece = 1; piece < 120; piece++) {
    const found = await applied(
      [drift('a', [change('1')]), drift('b', [change('2')])],
      {},
      scriptedMachine(() => ({ frames }), piece),
    ).catch(String)
    expect(found, `in pieces of ${piece} bytes`).toEqual([
      ['a', '1', 'done'],
      ['b', '2', 'failed', 'exit 4: no'],
    ])
  }
})

test('somebody else changed the host after the plan was made: nothing is run', async () => {
  writeFileSync(LOCK, `${JSON.stringify(other)}\n`)
  expect(await applied([drift('a', [change('1')])], { generation: JSON.stringify(holder) })).toBe('stale')
  expect(ran()).toEqual([])
  expect(JSON.parse(readFileSync(LOCK, 'utf8'))).toEqual(other)
  expect(await applied([drift('a', [change('1')])], { generation: JSON.stringify(other) })).toEqual([['a', '1', 'done']])
})

async function whileLocked<T>(work: (release: () => void) => Promise<T>): Promise<T> {
  writeFileSync(LOCK, `${JSON.stringify(other)}\n`)
  const child = spawn('flock', [LOCK, 'sh', '-c', 'echo locked; read -r line'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  try {
    return await work(() => child.stdin.end())
  } finally {
    child.stdin.end()
    await ended
  }
}

test('a busy lock ends in an error that names the holder, and nothing is run', async () => {
  await whileLocked(async () => {
    const held: unknown[] = []
    const error: unknown = await applied([drift('a', [change('1')])], {
      generation: JSON.stringify(other),
      onHeld: (found) => held.push(found),
    }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LockBusyError)
    expect((error as LockBusyError).holder).toEqual(other)
    expect(held).toEqual([other])
  })
  expect(ran()).toEqual([])
})

test('with a wait, it goes on when the other has ended', async () => {
  await whileLocked(async (release) => {
    expect(await applied([drift('a', [change('1')])], { generation: JSON.stringify(other), wait: 20, onHeld: release })).toEqual([
      ['a', '1', 'done'],
    ])
  })
})

test('the lock is held while changes run, and gone with the shell; what a change starts does not inherit it', async () => {
  const probe = sh`flock -n ${LOCK} true && echo free >> ${LOG} || echo held >> ${LOG}`
  const inherits = change('1', sh`{ [ -e /proc/self/fd/9 ] && echo inherited || echo closed; } >> ${LOG}`)
  await applied([drift('a', [change('0', probe), inherits])])
  expect(ran()).toEqual(['0', 'held', '1', 'closed'])
  expect(await applied([drift('a', [change('2')])], { generation: lastMark() })).toEqual([['a', '2', 'done']])
})

test('a process that a change leaves behind, with its output open, is not waited for', async () => {
  const pid = join(folder, 'pid')
  // It lives until the test ends it: waiting for it would be waiting for the test's own end.
  const leaving = change('1', sh`tail -f /dev/null & echo "$!" > ${pid}`)
  try {
    expect(await applied([drift('a', [leaving, change('2')])])).toEqual([
      ['a', '1', 'done'],
      ['a', '2', 'done'],
    ])
    expect(await applied([drift('a', [change('3')])], { generation: lastMark() })).toEqual([['a', '3', 'done']])
  } finally {
    process.kill(Number(readFileSync(pid, 'utf8')))
  }
})

test('a mark at the start and another at the end, both unlike any before', async () => {
  const during = join(folder, 'during')
  const look = change('1', sh`cat ${LOCK} > ${during}`)
  await applied([drift('a', [look])])
  const [start, end] = [readFileSync(during, 'utf8').trim(), lastMark()]
  const shape = (word: string) => new RegExp(`^${word} bitacora-[0-9a-f]{32} \\d+ \\d+ \\{`)
  expect(start).toMatch(shape('changing'))
  expect(end).toMatch(shape('changed'))
  expect([start, end].map(parseHolder)).toEqual([holder, holder])
  await applied([drift('a', [look])], { generation: end })
  expect(new Set([start, end, readFileSync(during, 'utf8').trim(), lastMark()]).size).toBe(4)
})

test('after a run that was killed while it was changing, what was read before is stale', async () => {
  const left = `changing bitacora-0 1 1 ${JSON.stringify(other)}`
  writeFileSync(LOCK, `${left}\n`)
  expect(await applied([drift('a', [change('1')])], { generation: left })).toBe('stale')
  expect(ran()).toEqual([])
  expect(await applied([drift('a', [change('1')])], { generation: lastMark() })).toEqual([['a', '1', 'done']])
})

test('of what a change prints only the end is kept, and it costs no more than its length', async () => {
  const chatty = change(
    '1',
    sh`yes 'INFO  [alembic] a line of a chatty migration' | head -c ${8 * 2 ** 20}; echo the cause; exit 1`,
  )
  const before = process.memoryUsage().rss
  const [[, , , error] = []] = await applied([drift('a', [chatty])], { onLine: () => {} })
  expect(error).toMatch(/^exit 1: [^]*the cause$/)
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
})

test.each([
  [
    'while a change runs',
    [
      ['start', 0],
      ['locked', 0],
      ['b0', 0],
    ],
    ' while 1 was being changed',
  ],
  [
    'between changes',
    [
      ['start', 0],
      ['locked', 0],
      ['b0', 0],
      ['c0', 0],
    ],
    '',
  ],
] as const)('a connection that ends %s leaves the outcome unknown', async (_when, frames, where) => {
  const machine = scriptedMachine(() => ({ frames, code: null, tail: 'Killed hunter2-hünter2\n' }))
  await expect(applied([drift('a', [change('1'), change('2')])], {}, machine)).rejects.toThrow(
    `the connection ended${where}, so the outcome is not known (exit unknown): Killed ••••\nRun the same command again: it reads what is there and goes on from it.`,
  )
})

test('a lock file that cannot be made changes nothing', async () => {
  await expect(applied([drift('a', [change('1')])], {}, localMachine(join(folder, 'no', 'lock')))).rejects.toThrow(
    /outcome is not known/,
  )
  expect(ran()).toEqual([])
  expect(existsSync(join(folder, 'no'))).toBe(false)
})
