import { expect, it } from 'vitest'
import { loadInventory, resolveSecrets, select } from '../../lib/inventory/index.ts'
import { Masker } from '../../lib/text/masker.ts'
import { labInventory, labProject, openLab, readSecret } from './index.ts'

const theLab = () => openLab(process.env['BITACORA_LAB'] ?? 'test')

it('loads, without warnings, with absolute paths and real secrets', async () => {
  const lab = await theLab()
  const inventory = await loadInventory(lab.inventoryFile)
  expect(inventory.warnings).toEqual([])
  expect(Object.entries(inventory.projects).map(([name, { host, database }]) => `${name} ${host} ${database.name}`)).toEqual([
    'onquota vps onquota_db',
    'facturas vps facturas_db',
    'tienda vps2 tienda_db',
  ])
  expect(inventory.hosts['vps']).toMatchObject({
    address: '127.0.0.1',
    port: lab.hosts.vps.port,
    user: 'root',
    identityFile: `${lab.directory}/id_ed25519`,
  })
  const { secret } = await resolveSecrets(inventory, select(inventory, {}), { needs: ['setup'], masker: new Masker() })
  expect(secret(inventory.projects['onquota']!.database.password).reveal()).toBe(await readSecret(lab.directory, 'onquota_db'))
})

it('has the host whose sudo asks in an inventory of its own', async () => {
  const inventory = await loadInventory((await theLab()).sudoInventoryFile)
  expect(inventory.hosts['vps3']?.sudoPassword).toBeDefined()
  expect(inventory.projects['onquota']?.backup?.remoteDirectory).toBe('/home/backups/postgresql/onquota-vps3')
})

it('is plain data that a test may vary', async () => {
  const lab = await theLab()
  const inventory = labInventory(lab)
  inventory.projects['tercero'] = labProject(lab, 'tercero', { host: 'vps2', schedule: '0 6 * * *', backend: 'tienda' })
  expect(JSON.parse(JSON.stringify(inventory))).toEqual(inventory)
  expect(labInventory(lab).projects['tercero']).toBeUndefined()
})
