import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach } from 'vitest'
import { z } from 'zod'
import { converge } from '../../lib/engine/converge.ts'
import type { ConvergeOptions } from '../../lib/engine/converge.ts'
import { fileFact, shellFact } from '../../lib/engine/fact.ts'
import type { Machine } from '../../lib/engine/machine.ts'
import { step } from '../../lib/engine/step.ts'
import type { Step } from '../../lib/engine/step.ts'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { sh } from '../../lib/text/sh.ts'
import type { Script } from '../../lib/text/sh.ts'
import { localMachine } from './support.ts'

/** A folder of its own for each of a file's tests, and steps that want files in it. */
export function converging() {
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
  return { at, holder, masker, wants, run }
}
