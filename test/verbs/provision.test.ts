import { expect, test } from 'vitest'
import { provision } from '../../lib/verbs/provision.ts'
import type { ProvisionOptions } from '../../lib/verbs/provision.ts'

const options = (more: Partial<ProvisionOptions>): ProvisionOptions => ({
  inventory: '/nowhere/i.json',
  projects: ['onquota'],
  concurrency: 1,
  wait: 0,
  logbook: 'logbook',
  check: false,
  ...more,
})

test.each<[Partial<ProvisionOptions>, RegExp]>([
  [{ trustBox: true }, /^--trust-box goes with --from-backup/],
  [{ trustBox: true, fromBackup: true, projects: [] }, /^--trust-box takes one project/],
  [{ trustBox: true, fromBackup: true, projects: ['a', 'b'] }, /^--trust-box takes one project/],
])('%o: refused before the inventory is read', async (more, message) => {
  await expect(provision(options(more))).rejects.toThrow(message)
})
