import { expect, test } from 'vitest'
import { proofSteps } from '../../lib/steps/proofs.ts'
import { context } from './common/support.ts'

test('a project with backups has its proofs, one without has none', () => {
  expect(proofSteps(context()).map(({ name }) => name)).toEqual(['data', 'fresh-backup', 'box-copy'])
  expect(proofSteps(context({ 'projects.onquota.backup': undefined }))).toEqual([])
})

test('the boxes are asked once for both', () => {
  const [data, fresh, copy] = proofSteps(context())
  expect(fresh?.facts['box']).toBe(copy?.facts['box'])
  expect(data?.facts['ledger']).toBe(fresh?.facts['ledger'])
})
