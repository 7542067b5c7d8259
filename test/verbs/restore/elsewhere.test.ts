import { expect, test } from 'vitest'
import { elsewhere } from '../../../lib/verbs/restore/elsewhere.ts'
import { sh } from '../../../lib/text/sh.ts'
import { good } from '../../inventory/support.ts'
import { SECRETS, SIGNING_PUBLIC, context } from '../../steps/common/support.ts'

const text = (changes = {}, box = 1) => {
  const made = context(changes)
  return elsewhere(made, made.project.backup!, box, (script) => sh`${script}`).reveal()
}

test('another host gets the public half alone of the signing key', () => {
  const script = text({ 'projects.onquota.backup.signingKey': { env: 'SIGNING_KEY' } })
  expect(script).toContain(`SIGNING_PUBLIC='\\''${SIGNING_PUBLIC}'\\''`)
  expect(script).toContain("SIGNING_KEY='\\'''\\''")
  for (const line of SECRETS['SIGNING_KEY']!.split('\n').filter((each) => each.length > 20)) expect(script).not.toContain(line)
})

test('without one, nothing is said of signatures', () => {
  expect(text()).not.toContain("SIGNING_PUBLIC='\\''ssh")
})

test('it fetches from the box that is asked for, and knows no other', () => {
  const two = { 'boxes.other': { ...good().boxes.box, address: 'other.example' } }
  const both = { ...two, 'projects.onquota.backup.box': undefined, 'projects.onquota.backup.boxes': ['box', 'other'] }
  const script = text(both, 2)
  expect(script).toContain("STORAGEBOX_HOST='\\''other.example'\\''")
  expect(script).not.toContain("STORAGEBOX2_HOST='")
  expect(() => text(both, 3)).toThrow('--box 3: projects.onquota.backup names 2')
})
