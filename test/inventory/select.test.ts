import { expect, test } from 'vitest'
import { boxesOf, hostOf, select } from '../../lib/inventory/index.ts'
import type { Selection } from '../../lib/inventory/index.ts'
import { FILE, check, good, project } from './support.ts'

function inventory() {
  const data = good()
  data.hosts = { spare: { address: '10.0.0.9' }, ...data.hosts }
  data.projects = {
    tienda: { ...project('tienda', 5), host: 'web' },
    onquota: project('onquota'),
    facturas: project('facturas', 4),
  }
  return check(data)
}

const names = (selection?: Selection) =>
  select(inventory(), selection).map(({ host, projects }) => [host.name, ...projects.map(({ name }) => name)])

test('groups by host, both in the order of the inventory', () => {
  expect(names()).toEqual([
    ['vps', 'onquota', 'facturas'],
    ['web', 'tienda'],
  ])
  expect(names({ projects: [] })).toEqual(names())
  expect(names({ projects: ['facturas', 'tienda', 'facturas'] })).toEqual([
    ['vps', 'facturas'],
    ['web', 'tienda'],
  ])
  expect(names({ host: 'web' })).toEqual([['web', 'tienda']])
  expect(names({ host: 'vps', projects: ['facturas'] })).toEqual([['vps', 'facturas']])
})

test.each<[Selection, string]>([
  [{ projects: ['onqota'] }, ' there is no project "onqota"; did you mean onquota?'],
  [
    { projects: ['shop', 'onquotas'] },
    '\n  there is no project "shop"; there are tienda, onquota, facturas\n  there is no project "onquotas"; did you mean onquota?',
  ],
  [{ projects: ['constructor'] }, ' there is no project "constructor"; there are tienda, onquota, facturas'],
  [{ host: 'vsp' }, ' there is no host "vsp"; did you mean vps?'],
  [{ host: 'toString' }, ' there is no host "toString"; there are spare, vps, web'],
  [{ host: 'toString', projects: ['onquota'] }, ' there is no host "toString"; there are spare, vps, web'],
  [{ host: 'web', projects: ['onquota'] }, ' the project onquota is on vps, not on web'],
  [{ host: 'spare' }, ' no project is on the host spare'],
])('%j is refused', (selection, said) => {
  expect(() => names(selection)).toThrow(expect.objectContaining({ name: 'InventoryError', message: `${FILE}:${said}` }))
})

test('an inventory without projects has nothing to select', () => {
  expect(() => select(check({ hosts: {}, projects: {} }))).toThrow(`${FILE}: has no project yet; add one below projects`)
})

test('a project leads to its host and box', () => {
  const all = inventory()
  const { onquota } = all.projects
  expect(hostOf(all, onquota!)).toBe(all.hosts['vps'])
  expect(boxesOf(onquota!)).toMatchObject([all.boxes['box']!])
  expect(boxesOf({ ...onquota!, backup: undefined })).toEqual([])
})
