import { resolve } from 'node:path'
import { integer, text } from '../run/option.ts'
import type { ValuesOf } from '../run/option.ts'
import { usualInventory } from '../run/usual-inventory.ts'
import type { RunOptions } from '../run/work.ts'

const path = (value: string) => (value === '' ? 'a path' : undefined)

/** What every verb takes on the command line, besides --json and --help. */
export const COMMON = {
  inventory: text('FILE', 'what should be true (default: BITACORA_INVENTORY, else inventory/index.ts)', path),
  host: text('NAME', 'only the projects of this host'),
  concurrency: integer('N', [1, 1000], 'hosts at a time (default 10)'),
  wait: integer('SECONDS', [0, 86_400], 'wait for another run that is changing the same host (default 0)'),
  logbook: text('FOLDER', 'where the run is written down (default: BITACORA_LOGBOOK, else logbook)', path),
} as const

/** The common options with their defaults; an empty variable is one that isn't set. */
export function runOptions({ inventory, logbook, ...rest }: ValuesOf<typeof COMMON>): RunOptions {
  return { ...rest, inventory: inventoryFile(inventory), logbook: logbookFolder(logbook) }
}

/** The logbook's folder: what --logbook says, else BITACORA_LOGBOOK, else `logbook`. */
export function logbookFolder(option: string | undefined): string {
  return resolve(option ?? (process.env['BITACORA_LOGBOOK'] || 'logbook'))
}

/** The inventory: what --inventory says, else BITACORA_INVENTORY, else the usual file. */
export function inventoryFile(option: string | undefined): string {
  return option === undefined ? usualInventory() : resolve(option)
}
