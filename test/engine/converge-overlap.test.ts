import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Machine } from '../../lib/engine/machine.ts'
import { Script, sh } from '../../lib/text/sh.ts'
import { localMachine } from './support.ts'
import { converging } from './converging.ts'

const { at, holder, run, wants } = converging()

/** Another run's change that begins while the host is read and ends before it is read again. */
function changesMeanwhile(times: number): Machine {
  const local = localMachine(at('lock'))
  return {
    run(script, options) {
      const isReading = !script.text.includes('flock')
      const meanwhile =
        isReading && times-- > 0
          ? sh`printf 'changed %s 1 1 %s\\n' ${`m${times}`} ${JSON.stringify(holder)} > ${at('lock')}\n`
          : sh``
      // Between the two looks at the mark.
      const text = script.text.replace('mark; e unlock', `${meanwhile.text}mark; e unlock`)
      return local.run(new Script(text), options)
    },
  }
}

test('what was read while another run was changing the host is read again, also where nothing was planned', async () => {
  writeFileSync(at('a'), '')
  expect(await run([wants('a')], {}, changesMeanwhile(1))).toEqual([['a', 'ok', '']])
  expect(await run([wants('b')], {}, changesMeanwhile(2))).toEqual([['b', 'changed', 'file b']])
})

test('with check it says so, changes nothing, and waits for nobody', async () => {
  writeFileSync(at('a'), '')
  expect(await run([wants('a')], { check: true }, changesMeanwhile(1))).toEqual([
    ['reading', 'unknown', expect.stringMatching(/^another run was changing this host while it was read.*provision by me@ops/)],
    ['a', 'ok', ''],
  ])
})

test('with a wait, plans may be out of date any number of times until it is over', async () => {
  writeFileSync(at('lock'), 'first\n')
  const local = localMachine(at('lock'))
  let times = 8
  const machine: Machine = {
    run(script, options) {
      if (script.text.includes('flock') && times-- > 0) writeFileSync(at('lock'), `other ${times}\n`)
      return local.run(script, options)
    },
  }
  expect(await run([wants('a')], { wait: 600 }, machine)).toEqual([['a', 'changed', 'file a']])
})

test('a run that has begun waits for another that took its turn', async () => {
  const waits: string[] = []
  const local = localMachine(at('lock'))
  const machine: Machine = {
    run(script, options) {
      waits.push(...(/flock -w (\d+)/.exec(script.text)?.slice(1) ?? []))
      return local.run(script, options)
    },
  }
  expect(await run([wants('a'), wants('b', { needs: ['a'], after: 'a' })], { wait: 5 }, machine)).toEqual([
    ['a', 'changed', 'file a'],
    ['b', 'changed', 'file b'],
  ])
  expect(waits).toEqual(['5', '900'])
})
