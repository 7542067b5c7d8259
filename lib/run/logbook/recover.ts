import { readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { HostRecord } from '../report/host-record.ts'
import { taskName } from '../report/report.ts'
import type { HostReport, RunHead, RunReport } from '../report/report.ts'
import { UNFINISHED } from './lines.ts'
import type { JournalLine } from './lines.ts'
import { writeLogbook } from './write.ts'

/**
 * Makes entries of the journals that killed runs of this machine left behind, and returns a warning for each. One that can't be read, or
 * belongs to somebody else, stays as it is.
 */
export function recoverKilled(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(UNFINISHED))
    .flatMap((name) => {
      try {
        return recover(directory, join(directory, name))
      } catch {
        return []
      }
    })
}

function recover(directory: string, path: string): string[] {
  const lines = linesOf(path)
  const [head] = lines
  if (head?.type !== 'head' || head.machine !== hostname() || isAlive(head.pid)) return []
  // Whoever renames it first makes the entry.
  const claimed = path.replace(UNFINISHED, '.killed.jsonl')
  renameSync(path, claimed)
  const seconds = Math.max(0, statSync(claimed).mtimeMs - new Date(head.head.startedAt).getTime()) / 1000
  const entry = writeLogbook(directory, killedReport(head.head, lines, seconds))
  rmSync(claimed)
  return [
    `an earlier run was killed before its end: ${taskName(head.head)} of ${head.head.startedAt}; what it had done stands in ${entry}`,
  ]
}

/** The last line may be cut off. */
function linesOf(path: string): JournalLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as JournalLine]
      } catch {
        return []
      }
    })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** What a killed run had done, as far as its journal says. */
export function killedReport(head: RunHead, lines: readonly JournalLine[], seconds: number): RunReport {
  const done = new Map<string, HostReport>()
  const records = new Map<string, HostRecord>()
  let [names, warnings]: string[][] = [[], []]
  for (const line of lines) {
    if (line.type === 'hosts') ({ hosts: names, warnings } = line)
    if (line.type === 'host') done.set(line.report.name, line.report)
    if (line.type !== 'event') continue
    const record = records.get(line.host) ?? new HostRecord()
    records.set(line.host, record)
    record.note(line.event)
  }
  const hosts = names!.map((name): HostReport => {
    const record = records.get(name)
    const { running } = record ?? {}
    return (
      done.get(name) ?? {
        name,
        ok: false,
        error: `the run was killed${running === undefined ? '' : ` while ${running.change.what} was being changed, so the outcome is not known`}; run the same command again`,
        ...(running === undefined ? {} : { interrupted: running }),
        roundTrips: 0,
        seconds: 0,
        steps: record?.steps() ?? [],
      }
    )
  })
  return {
    ...head,
    ok: false,
    exitCode: 1,
    ...(hosts.length > 0 ? {} : { error: 'the run was killed before it touched any host' }),
    stopped: 'killed',
    seconds,
    warnings: warnings!,
    hosts,
  }
}
