import { expect, test } from 'vitest'
import { checkTarget } from '../../../lib/verbs/restore/target.ts'
import { check, good, project, set } from '../../inventory/support.ts'

function target(database: string, changes: Record<string, unknown> = {}) {
  const data = good()
  data.projects.facturas = project('facturas', 4)
  for (const [path, value] of Object.entries(changes)) set(data, path, value)
  const inventory = check(data)
  return () => checkTarget(inventory, inventory.projects['onquota'], database)
}

test('the database of another project on that host is refused, by its name', () => {
  const message = '--into facturas_db: that is the database of projects.facturas on vps; a backup of onquota needs another name'
  expect(target('facturas_db')).toThrow(message)
})

test('two names of one host are one host', () => {
  const one = { 'hosts.web.address': '10.0.0.1', 'projects.facturas.host': 'web' }
  expect(target('facturas_db', one)).toThrow('projects.facturas on web')
})

test.each([
  ['its own', 'onquota_db', {}],
  ['one that no project has', 'copy', {}],
  ['of a project on another host', 'facturas_db', { 'projects.facturas.host': 'web' }],
  [
    'of a project in another cluster of that host',
    'facturas_db',
    { 'hosts.web.address': '10.0.0.1', 'hosts.web.postgresql': { port: 5433 }, 'projects.facturas.host': 'web' },
  ],
])('%s may be restored into', (_what, database, changes) => {
  expect(target(database, changes)).not.toThrow()
})
