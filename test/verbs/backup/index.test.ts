import { expect, test } from 'vitest'
import verb from '../../../lib/verbs/backup/index.ts'
import { hostReport, runReport, stepReport } from '../../view/support.ts'

const pruned = (flags?: string[]) =>
  runReport([hostReport('vps', [stepReport('onquota/prune', { data: { lines: ['would remove /a', 'would remove /b'] } })])], {
    task: 'backup',
    ...(flags === undefined ? {} : { flags }),
  })

test('what the script said is shown where that was asked for', () => {
  expect(verb.words?.section?.(pruned(['--prune', '--check']), 80)).toEqual({
    title: 'Said',
    lines: ['would remove /a', 'would remove /b'],
  })
  expect(verb.words?.section?.(pruned(), 80)).toEqual({ title: 'Said', lines: [] })
})

test.each([
  [['--prune', '--check'], 0, 'looked, and changed nothing'],
  [undefined, 0, 'nothing to back up'],
  [undefined, 1, undefined],
])('the headline for %j with %i changes', (flags, changes, words) => {
  expect(verb.words?.well?.(pruned(flags), changes)).toBe(words)
})
