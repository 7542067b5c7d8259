import { expect, test } from 'vitest'
import type { DoctorBox } from '../../../lib/steps/backup/box/doctor.ts'
import { reports } from '../../../lib/verbs/box/index.ts'
import { check, good, set } from '../../inventory/support.ts'

const data = set(good(), 'boxes.two', { ...good().boxes.box, user: 'u2' })
const project = check(set(data, 'projects.onquota.backup', { boxes: ['box', 'two'] })).projects['onquota']!
const box = (host: string): DoctorBox => ({
  host,
  user: 'u1',
  port: 23,
  remoteDirectory: '/home/b',
  pinned: null,
  ports: [{ port: 23, reached: false, error: 'refused', key: 'none', shown: null, password: null, identity: null }],
  opened: null,
  error: null,
})

test('each box has its own steps', () => {
  const found = reports(project, [box('one'), box('two')])
  expect(found.filter(({ status }) => status === 'drift').map(({ step, changes }) => [step, changes[0]?.what])).toEqual([
    ['reach', 'port 23 of one'],
    ['reach-2', 'port 23 of two'],
  ])
  expect(found).toHaveLength(16)
})
