import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import onquota from '../../inventory/onquota.ts'
import type { InventoryInput, ProjectInput } from '../../lib/inventory/index.ts'
import { hostOf, type Lab } from './lab.ts'
import type { SecretName } from './state.ts'

/** Gives a file of the lab's folder as an inventory shall name it. */
type Local = (path: string) => string
const asItIs: Local = (path) => path

/** The lab's inventory as data to vary and write anywhere: `vps` and `vps2`, the box, onquota, facturas and tienda. */
export function labInventory(lab: Lab): InventoryInput {
  return mainInventory(lab, (path) => join(lab.directory, path))
}

/** The same for `vps3`, where sudo asks for a password: onquota, with a folder of its own on the box. */
export function labSudoInventory(lab: Lab): InventoryInput {
  return sudoInventory(lab, (path) => join(lab.directory, path))
}

/** One project more, or another: its backend must lie at /opt/BACKEND/backend of the host. */
export function labProject(lab: Lab, name: string, options: { host: string; schedule: string; backend?: string }): ProjectInput {
  return project((path) => join(lab.directory, path), name, options)
}

/** Writes an inventory as JSON, whole or not at all. */
export async function writeInventory(file: string, inventory: InventoryInput): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(inventory, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.part`, file)
}

/** Writes the lab's own two inventories, with paths relative to their folder. */
export async function writeLabInventories(lab: Lab): Promise<void> {
  await writeInventory(lab.inventoryFile, mainInventory(lab, asItIs))
  await writeInventory(lab.sudoInventoryFile, sudoInventory(lab, asItIs))
}

function mainInventory(lab: Lab, local: Local): InventoryInput {
  return {
    hosts: { vps: host(lab, local, 'vps'), vps2: host(lab, local, 'vps2') },
    boxes: { box: box(lab, local) },
    projects: {
      onquota: project(local, 'onquota', { host: 'vps', schedule: '0 3 * * *' }),
      facturas: project(local, 'facturas', { host: 'vps', schedule: '30 3 * * *' }),
      tienda: project(local, 'tienda', { host: 'vps2', schedule: '0 4 * * *' }),
    },
  }
}

function sudoInventory(lab: Lab, local: Local): InventoryInput {
  const entry = project(local, 'onquota', { host: 'vps3', schedule: '0 5 * * *' })
  return {
    hosts: { vps3: { ...host(lab, local, 'vps3'), sudoPassword: secret(local, 'vps3_sudo') } },
    boxes: { box: box(lab, local) },
    projects: { onquota: { ...entry, backup: { ...entry.backup!, remoteDirectory: '/home/backups/postgresql/onquota-vps3' } } },
  }
}

const secret = (local: Local, name: SecretName | 'signing' | `${string}_db`) => ({ file: local(`secrets/${name}`) })

function host(lab: Lab, local: Local, name: string) {
  const { address, port, user } = hostOf(lab, name)
  return { address, port, user, identityFile: local('id_ed25519'), knownHostsFile: local('known_hosts') }
}

/** The box as the hosts reach it: by its name in their /etc/hosts, on its own port. */
function box(lab: Lab, local: Local) {
  return { address: 'box', port: 23, user: lab.box.user, password: secret(local, 'box'), hostKey: lab.box.hostKey }
}

function project(local: Local, name: string, options: { host: string; schedule: string; backend?: string }): ProjectInput {
  return {
    host: options.host,
    database: { ...onquota.database, name: `${name}_db`, owner: `${name}_user`, password: secret(local, `${name}_db`) },
    migrations: { ...onquota.migrations!, directory: `/opt/${options.backend ?? name}/backend` },
    backup: {
      schedule: options.schedule,
      box: 'box',
      remoteDirectory: `/home/backups/postgresql/${name}`,
      keepLocalDays: 30,
      keepRemoteDays: 90,
      signingKey: secret(local, 'signing'),
    },
  }
}
