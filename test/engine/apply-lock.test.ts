import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LockBusyError, parseHolder } from '../../lib/engine/lock.ts'
import { sh } from '../../lib/text/sh.ts'
import { applying } from './applying.ts'

const { LOCK, LOG, applied, change, drift, folder, holder, lastMark, ran } = applying()

const other = { run: 'ffff', since: '2026-11-24T02:00:00.000Z', who: 'eve@ops', task: 'backup' }

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
