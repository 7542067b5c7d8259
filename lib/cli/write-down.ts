import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openJournal } from '../run/logbook/journal.ts'
import { entryOf } from '../run/refused.ts'
import { refusal, whoRuns } from '../run/report/report.ts'
import type { Verb } from '../run/verb.ts'
import { inventoryFile, logbookFolder } from './common.ts'

/** Writes a run that the command line itself refused into the logbook. Returns the entry's path, and why there is none. */
export function writeDown(refused: { verb: Verb; args: readonly string[]; startedAt: string; error: unknown; message: string }): {
  logbook?: string | undefined
  problem?: string | undefined
} {
  const { verb, args, startedAt, error, message } = refused
  const before = entryOf(error)
  if (before !== undefined) return { logbook: before.entry }
  if (verb.isUnlogged === true) return {}
  // As far as the arguments make sense.
  const { values } = parseArgs({
    args: [...args],
    options: { logbook: { type: 'string' }, inventory: { type: 'string' }, check: { type: 'boolean' } },
    allowPositionals: true,
    strict: false,
  })
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const asks = values['check'] === true
  const head = {
    task: verb.name,
    check: verb.looks === true || asks,
    ...(asks ? { flags: ['--check'] } : {}),
    run: randomBytes(4).toString('hex'),
    startedAt,
    by: whoRuns(),
    inventory: inventoryFile(text(values['inventory'])),
  }
  const journal = openJournal(logbookFolder(text(values['logbook'])), head)
  const logbook = journal.finish(refusal(head, message, [...journal.warnings]))
  return { logbook, problem: logbook === undefined ? journal.warnings.join('\n') : undefined }
}
