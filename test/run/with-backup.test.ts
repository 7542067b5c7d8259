import { expect, test } from 'vitest'
import type { Connection } from '../../lib/host/connection.ts'
import type { RunEvent } from '../../lib/run/report/events.ts'
import { newHolder } from '../../lib/engine/lock.ts'
import type { StepReport } from '../../lib/engine/plan.ts'
import { Masker } from '../../lib/text/masker.ts'
import { Secret } from '../../lib/text/secret.ts'
import { forEachBackup } from '../../lib/run/with-backup.ts'
import { context } from '../steps/common/support.ts'

test('each report is masked, once as it comes and once in the result, and its status stays', async () => {
  const one = context()
  const events: unknown[] = []
  const report: StepReport = {
    project: 'onquota',
    step: 'backup',
    status: 'failed',
    changes: [],
    error: 'exit 1: hunter2-hunter2 onquota',
  }
  const result = await forEachBackup(
    {
      host: one.host,
      projects: [one],
      holder: newHolder('1', 'backup'),
      wait: 0,
      masker: new Masker().add(new Secret('hunter2-hunter2', 'x'), new Secret('failed', 'x'), new Secret('onquota', 'x')),
      emit: (event: Omit<RunEvent, 'host'>) => void events.push(event),
      connect: () => Promise.resolve({ roundTrips: 1 } as Connection),
    },
    () => Promise.resolve([report]),
  )
  const shown = { ...report, error: 'exit 1: •••• ••••' }
  expect(result).toEqual({ steps: [shown], roundTrips: 1 })
  expect(events).toEqual([{ type: 'step', report: shown }])
})
