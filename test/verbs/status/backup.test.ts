import { expect, test } from 'vitest'
import type { StepReport } from '../../../lib/engine/plan.ts'
import { NAME, box, ledger, look, lookedAt, looked, named, told } from './support.ts'

test('pruning is held', () => {
  expect(lookedAt({ held: 'NAME has 10 bytes, the median is 900' })).toEqual([
    'size: nothing is pruned: NAME has 10 bytes, the median is 900 → backup onquota --acknowledge',
  ])
})

test('a copy that does not count as the newest', () => {
  const odd = named('20261124_100000')
  const known = { ...ledger(NAME, odd), suspects: new Map([[odd, 'it has no rows']]) }
  const boxes = [box({ copies: [[odd, 9], ...look().local.copies] })]
  expect(told({ ledger: { value: known }, look: { value: look({ boxes }) } })).toEqual([
    `size: ${odd} on the box box does not count as the newest: it has no rows → backup onquota --acknowledge`,
  ])
})

test('a host that is not set up: said once', () => {
  const away = { look: { error: 'exit 127: it is not there' } }
  expect(told(away)).toEqual(['unseen newest: the backups could not be checked: exit 127: it is not there → provision onquota'])
  const failed: StepReport = {
    project: 'onquota',
    step: 'box-copy',
    status: 'failed',
    changes: [],
    error: 'could not read box: exit 127: it is not there',
  }
  const { status, figures } = looked(away, [failed])
  expect(figures).toEqual([])
  expect(status.problems).toEqual([{ kind: 'copies', text: `box-copy: ${failed.error}`, next: ['box', 'onquota'], unseen: true }])
})

test('the next run is in the host’s zone; none is promised where the schedule is not right', () => {
  expect(looked().status.backup?.nextRun).toBe('2026-11-25T02:00:00.000Z')
  expect(looked({ look: { value: look({ zone: 'Nowhere/At_all' }) } }).status.backup?.nextRun).toBe('2026-11-25T03:00:00.000Z')
})
