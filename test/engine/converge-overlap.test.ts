import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { converge } from '../../lib/engine/converge.ts'
import type { ConvergeOptions } from '../../lib/engine/converge.ts'
import { fileFact, shellFact } from '../../lib/engine/fact.ts'
import type { Machine } from '../../lib/engine/machine.ts'
import { step } from '../../lib/engine/step.ts'
import type { Step } from '../../lib/engine/step.ts'
import { Masker, Secret } from '../../lib/secret.ts'
import { Script, sh } from '../../lib/shell.ts'
import { localMachine } from './support.ts'

let folder = ''
const folders: string[] = []
beforeEach(() => folders.push((folder = mkdtempSync(join(tmpdir(), 'bitacora-')))))
afterAll(() => folders.forEach((each) => rmSync(each, { recursive: true })))
const at = (name: string) => join(folder, name)

const holder = { run: '1a2b', since: '2026-11-24T03:00:00.000Z', who: 'me@ops', task: 'provision' }
const masker = new Masker().add(new Secret('hunter2-hunter2', 'x'))

/** A step that wants a file; `make` is how it comes to be there. `after` names files without which it knows nothing. */
function wants(name: string, options: { make?: Script; needs?: string[]; after?: string } = {}): Step {
  const { make = sh`: > ${at(name)}`, needs = [], after } = options
  return step({
    project: null,
    name,
    needs,
    facts: { found: fileFact(at(name)), before: after === undefined ? shellFact(z.null(), sh`:`) : fileFact(at(after)) },
    plan({ found, before }) {
      if (after !== undefined && before === null) return { unknown: `once ${after} is there` }
      return found === null ? [{ what: `file ${name}`, from: null, to: 'there', run: make }] : []
    },
  })
}

async function run(steps: Step[], options: Partial<ConvergeOptions> = {}, machine: Machine = localMachine(at('lock'))) {
  const reports = await converge(machine, steps, { port: 5432, check: false, holder, wait: 0, masker, ...options })
  return reports.map((report) => [
    report.step,
    report.status,
    report.error ?? report.reason ?? report.changes.map(({ what }) => what).join(),
  ])
}

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
