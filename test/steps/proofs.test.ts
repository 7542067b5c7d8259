import { expect, test } from 'vitest'
import { proofSteps } from '../../lib/steps/proofs.ts'
import { context } from './common/support.ts'

const steps = (hash: boolean) => proofSteps(context(), { hash })

test('a project with backups has its proofs, one without has none', () => {
  for (const hash of [true, false])
    expect(steps(hash).map(({ name }) => name)).toEqual(['data', 'last-run', 'box-copy', 'fresh-backup'])
  expect(proofSteps(context({ 'projects.onquota.backup': undefined }), { hash: true })).toEqual([])
})

test('the boxes are asked once for both', () => {
  const [, , copy, fresh] = steps(true)
  expect(fresh?.facts['box']).toBe(copy?.facts['box'])
})

test('without hashes that is said', () => {
  const left = (hash: boolean) => steps(hash).flatMap((step) => step.notChecked?.({}) ?? [])
  expect(left(true)).toEqual([])
  expect(left(false)).toEqual(['the checksums of the copies on the boxes'])
})
