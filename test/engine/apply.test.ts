import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ApplyOptions } from '../../lib/engine/apply.ts'
import { parseHolder } from '../../lib/engine/lock.ts'
import type { Change } from '../../lib/engine/step.ts'
import { sh } from '../../lib/text/sh.ts'
import { applying } from './applying.ts'
import { awaits, localMachine, scriptedMachine } from './support.ts'

const { LOCK, LOG, applied, change, drift, folder, holder, lastMark, ran } = applying()

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
