import { resolve } from 'node:path'

/** The inventory that is taken where none is named: BITACORA_INVENTORY, else `inventory/index.ts`. An empty variable is one that isn't set. */
export const usualInventory = (): string => resolve(process.env['BITACORA_INVENTORY'] || 'inventory/index.ts')
