import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { converge } from '../../lib/engine/converge.ts'
import type { ConvergeEvent } from '../../lib/engine/converge.ts'
import { fileFact } from '../../lib/engine/fact.ts'
import { LockBusyError } from '../../lib/engine/lock.ts'
import type { Machine } from '../../lib/engine/machine.ts'
import { step } from '../../lib/engine/step.ts'
import type { Change, Step } from '../../lib/engine/step.ts'
import { sh } from '../../lib/text/sh.ts'
import { awaits, localMachine, scriptedMachine } from './support.ts'
import { converging } from './converging.ts'

const { at, holder, masker, run, wants } = converging()

const manual: Step = { ...wants('manual'), plan: () => [{ what: 'm', from: 1, to: 'hunter2-hunter2', help: 'look' }] }

test('nothing to do: one script, nothing written', async () => {
  writeFileSync(at('a'), '')
  const machine = localMachine(at('lock'))
  expect(await run([wants('a')], {}, machine)).toEqual([['a', 'ok', '']])
  expect(machine.scripts.length).toBe(1)
  expect(existsSync(at('lock'))).toBe(false)
})

test('with check it only looks', async () => {
  const machine = localMachine(at('lock'))
  expect(await run([wants('a'), wants('b', { needs: ['a'], after: 'a' })], { check: true }, machine)).toEqual([
    ['a', 'drift', 'file a'],
    ['b', 'unknown', 'once a is there'],
  ])
  expect([machine.scripts.length, existsSync(at('a')), existsSync(at('lock'))]).toEqual([1, false, false])
})

test('what was unknown is planned and applied once it is known; then nothing is planned', async () => {
  const steps = [wants('a'), wants('b', { needs: ['a'], after: 'a' }), wants('c', { needs: ['b'], after: 'b' })]
  const machine = localMachine(at('lock'))
  expect(await run(steps, {}, machine)).toEqual([
    ['a', 'changed', 'file a'],
    ['b', 'changed', 'file b'],
    ['c', 'changed', 'file c'],
  ])
  // Four looks and three rounds of changes.
  expect(machine.scripts.length).toBe(7)
  expect(await run(steps)).toEqual([
    ['a', 'ok', ''],
    ['b', 'ok', ''],
    ['c', 'ok', ''],
  ])
})

test('what a person must do stops nothing else', async () => {
  expect(await run([manual, wants('a'), wants('b', { needs: ['manual'] })])).toEqual([
    ['manual', 'drift', 'm'],
    ['a', 'changed', 'file a'],
    ['b', 'changed', 'file b'],
  ])
})

test('a failing change fails its step, what needs it waits, the rest is made', async () => {
  const failing = wants('a', { make: sh`echo 'no hunter2-hunter2' >&2; exit 4` })
  expect(await run([failing, wants('b', { needs: ['a'] }), wants('c')])).toEqual([
    ['a', 'failed', 'file a: exit 4: no ••••'],
    ['b', 'skipped', 'waits for a'],
    ['c', 'changed', 'file c'],
  ])
  expect(existsSync(at('b'))).toBe(false)
})

test('a change that ends well and changed nothing is a failure that names it, and is not tried again', async () => {
  const lazy = wants('a', { make: sh`echo ran >> ${at('log')}` })
  expect(await run([lazy, wants('c')])).toEqual([
    ['a', 'failed', 'file a was changed without an error, and still is null and not "there"'],
    ['c', 'changed', 'file c'],
  ])
  expect(readFileSync(at('log'), 'utf8')).toBe('ran\n')
})

test('what needs a step that did not do what it says is not applied after it', async () => {
  const lazy = wants('a', { make: sh`: > ${at('half')}` })
  expect(await run([lazy, wants('b', { needs: ['a'], after: 'half' })])).toEqual([
    ['a', 'failed', expect.stringContaining('still is null')],
    ['b', 'skipped', 'waits for a'],
  ])
  expect(existsSync(at('b'))).toBe(false)
})

test('two steps that undo each other are stopped', async () => {
  const undoing = [
    ['a', 'b'],
    ['b', 'a'],
  ].map(([name = '', off = '']) => wants(name, { make: sh`: > ${at(name)}; rm -f ${at(off)}` }))
  const reports = await run(undoing).catch(String)
  expect(JSON.stringify(reports)).toMatch(/file a was changed without an error/)
})

test('a step that plans something else each time ends in an error after a few rounds', async () => {
  let times = 0
  const restless: Step = { ...wants('a'), plan: (): Change[] => [{ what: `x${times++}`, from: null, to: 1, run: sh`true` }] }
  await expect(run([restless])).rejects.toThrow('after 4 rounds something is still planned: a')
})

test('a plan that is out of date is made again; after too many, nothing was changed', async () => {
  writeFileSync(at('lock'), 'first\n')
  const local = localMachine(at('lock'))
  const meddling = (times: number): Machine => ({
    run(script, options) {
      if (script.text.includes('flock') && times-- > 0) writeFileSync(at('lock'), `other ${times}\n`)
      return local.run(script, options)
    },
  })
  expect(await run([wants('a')], {}, meddling(2))).toEqual([['a', 'changed', 'file a']])
  expect(local.scripts.length).toBe(2 * 3 + 1)
  await expect(run([wants('b')], {}, meddling(99))).rejects.toThrow(
    'other runs keep changing this host; nothing was changed by this one',
  )
  expect(existsSync(at('b'))).toBe(false)
})

test('a busy lock is thrown with its holder', async () => {
  const frames = (text: string) =>
    text.includes('flock')
      ? ([
          ['start', 0],
          ['held', 0, JSON.stringify(holder)],
          ['busy', 0],
        ] as const)
      : ([
          ['start', 0],
          ['lock', 0],
          ['end', 0],
        ] as const)
  const always: Step = {
    project: null,
    name: 'a',
    needs: [],
    facts: {},
    plan: () => [{ what: 'x', from: 1, to: 2, run: sh`true` }],
  }
  const error: unknown = await run(
    [always],
    {},
    scriptedMachine((script) => ({ frames: frames(script.text) })),
  ).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(LockBusyError)
  expect((error as LockBusyError).holder).toEqual(holder)
})

test('events in their order, all text masked', async () => {
  const events: ConvergeEvent[] = []
  // It takes its tenth of a second after its line was seen, however late that was.
  const talking = wants('a', { make: sh`echo hunter2-hunter2; ${awaits(at('told'))}; sleep 0.1; : > ${at('a')}` })
  const emit = (event: ConvergeEvent) => {
    events.push(event)
    if (event.type === 'line') writeFileSync(at('told'), '')
  }
  await run([talking, wants('b', { make: sh`exit 1` }), manual], { emit })
  const short = events.map((event) => {
    if (event.type === 'step') return `step ${event.report.step} ${event.report.status}`
    if (event.type === 'applied') return `applied ${event.key} ${event.ok} ${event.error ?? event.change.seconds! >= 0.1}`
    return `${event.type} ${'key' in event ? event.key : ''} ${'line' in event ? event.line : ''}`.trimEnd()
  })
  expect(short).toEqual([
    'reading',
    'applying a',
    'line a ••••',
    'applied a true true',
    'applying b',
    'applied b false exit 1: nothing was said',
    'reading',
    'step a changed',
    'step b failed',
    'step manual drift',
  ])
  expect(JSON.stringify(events)).not.toContain('hunter2')
})

test('a report has what was done with its time, then what is left', async () => {
  const two = step({
    project: 'app',
    name: 'two',
    needs: [],
    facts: { found: fileFact(at('a')) },
    plan: ({ found }) => [
      ...(found === null ? [{ what: 'x', from: null, to: 'there', run: sh`: > ${at('a')}` }] : []),
      { what: 'm', from: 1, to: 2, help: 'look' },
    ],
    note: ({ found }) => (found === null ? 'none' : 'one'),
  })
  expect(await converge(localMachine(at('lock')), [two], { port: 5432, check: false, holder, wait: 0, masker })).toEqual([
    {
      project: 'app',
      step: 'two',
      status: 'drift',
      changes: [
        { what: 'x', from: null, to: 'there', seconds: expect.any(Number) },
        { what: 'm', from: 1, to: 2, manual: true, help: 'look' },
      ],
      note: 'one',
    },
  ])
})
