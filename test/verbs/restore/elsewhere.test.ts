import { expect, test } from 'vitest'
import { elsewhere } from '../../../lib/verbs/restore/elsewhere.ts'
import { sh } from '../../../lib/text/sh.ts'
import { SECRETS, SIGNING_PUBLIC, context } from '../../steps/common/support.ts'

const text = (changes = {}) => {
  const made = context(changes)
  return elsewhere(made, made.project.backup!, (script) => sh`${script}`).reveal()
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
