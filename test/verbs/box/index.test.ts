import { expect, test } from 'vitest'
import { reports } from '../../../lib/verbs/box/index.ts'
import { check, good, set } from '../../inventory/support.ts'

const data = set(good(), 'boxes.two', { ...good().boxes.box, user: 'u2' })
const project = check(set(data, 'projects.onquota.backup', { boxes: ['box', 'two'] })).projects['onquota']!
const box = (host: string) => ({
  host,
  user: 'u1',
  port: 23,
  remoteDirectory: '/home/b',
  pinned: null,
  ports: [{ port: 23, reached: false, error: 'refused', key: 'none', shown: null, password: null, identity: null }],
  opened: null,
  error: null,
})
const document = (boxes: unknown[]) => JSON.stringify({ project: 'onquota', error: null, boxes })

test('each box has its own steps', () => {
  const found = reports(project, document([box('one'), box('two')]))
  expect(found.filter(({ status }) => status === 'drift').map(({ step, changes }) => [step, changes[0]?.what])).toEqual([
    ['reach', 'port 23 of one'],
    ['reach-2', 'port 23 of two'],
  ])
  expect(found).toHaveLength(16)
})

test.each([
  ['no JSON', 'bash: oops', /did not print JSON/],
  ['another shape', '{"boxes":[{}]}', /not those of this inventory/],
  ['fewer boxes than the inventory has', document([box('one')]), /not those of this inventory/],
])('%s: the first step fails with what to do, the others wait', (_what, output, error) => {
  const [first, ...rest] = reports(project, output)
  expect(first).toMatchObject({ step: 'reach', status: 'failed', error: expect.stringMatching(error) })
  expect(first?.error).toMatch(/provision onquota$/)
  expect(rest).toHaveLength(15)
  for (const { status, reason } of rest) expect([status, reason]).toEqual(['skipped', 'waits for reach'])
})
