import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openJournal } from '../run/logbook/index.ts'
import { entryOf } from '../run/refused.ts'
import { refusal, whoRuns } from '../run/report/report.ts'
import type { Task } from '../run/report/report.ts'

/** The logbook's folder: what --logbook says, else BITACORA_LOGBOOK, else `logbook`. */
export function logbookFolder(option: string | undefined): string {
  return resolve(option ?? (process.env['BITACORA_LOGBOOK'] || 'logbook'))
}

/** The inventory: what --inventory says, else BITACORA_INVENTORY, else the usual file. */
export function inventoryFile(option: string | undefined): string {
  return resolve(option ?? (process.env['BITACORA_INVENTORY'] || 'inventory/index.ts'))
}

/** Writes a run that the command line itself refused into the logbook. Returns the entry's path, and why there is none. */
export function writeDown(refused: { task: Task; args: readonly string[]; startedAt: string; error: unknown; message: string }): {
  logbook?: string | undefined
  problem?: string | undefined
} {
  const { task, args, startedAt, error, message } = refused
  const before = entryOf(error)
  if (before !== undefined) return { logbook: before.entry }
  // As far as the arguments make sense.
  const { values } = parseArgs({
    args: [...args],
    options: { logbook: { type: 'string' }, inventory: { type: 'string' }, check: { type: 'boolean' } },
    allowPositionals: true,
    strict: false,
  })
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const check = values['check'] === true
  const head = {
    task,
    check,
    ...(check ? { flags: ['--check'] } : {}),
    run: randomBytes(4).toString('hex'),
    startedAt,
    by: whoRuns(),
    inventory: inventoryFile(text(values['inventory'])),
  }
  const journal = openJournal(logbookFolder(text(values['logbook'])), head)
  const logbook = journal.finish(refusal(head, message, [...journal.warnings]))
  return { logbook, problem: logbook === undefined ? journal.warnings.join('\n') : undefined }
}
