import { expect } from 'vitest'
import { InventoryError, checkInventory } from '../../lib/inventory/index.ts'
import type { Inventory, InventoryInput } from '../../lib/inventory/index.ts'

export const FILE = '/srv/ops/inventory.json'
export const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'

/** Unchecked data, so that a test can write anything anywhere. */
// oxlint-disable-next-line typescript/no-explicit-any -- that is its purpose
export type Anything = any

/** A right inventory with one project that has all parts. */
export function good(): Anything {
  const inventory: InventoryInput = {
    hosts: { vps: { address: '10.0.0.1' }, web: { address: '10.0.0.2' } },
    boxes: { box: { address: 'box.example', user: 'u1', password: { env: 'BOX_PASSWORD' }, hostKey: HOST_KEY } },
    projects: { onquota: project('onquota') },
  }
  return inventory
}

/** A project that conflicts with no other made by this, at another hour. */
export function project(name: string, hour = 3): Anything {
  return {
    host: 'vps',
    database: {
      name: `${name}_db`,
      owner: `${name}_user`,
      password: { env: `${name.toUpperCase()}_PASSWORD` },
      extensions: ['uuid-ossp'],
    },
    migrations: { directory: `/opt/${name}`, env: { MODE: 'production' }, head: '022', tables: ['users', 'clients'] },
    backup: { schedule: `0 ${hour} * * *`, box: 'box' },
    envFile: {
      path: `/opt/${name}/.env`,
      variables: { DATABASE_URL: 'postgresql+asyncpg://{owner}:{password}@{host}:{port}/{database}' },
    },
  }
}

export function check(data: Anything): Inventory {
  return checkInventory(data, FILE)
}

export function problems(data: Anything): readonly string[] {
  try {
    check(data)
  } catch (error) {
    expect(error).toBeInstanceOf(InventoryError)
    return (error as InventoryError).problems
  }
  return []
}

/** Writes a value at a path such as `projects.onquota.backup.box`; undefined takes the field away. */
export function set(data: Anything, path: string, value: unknown): Anything {
  const parts = path.split('.')
  const last = parts.pop()!
  const parent = parts.reduce((at, part) => (at[part] ??= {}), data)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return data
}
