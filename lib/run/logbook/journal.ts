import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ConvergeEvent } from '../../engine/converge.ts'
import type { HostReport, RunHead, RunReport } from '../report/report.ts'
import { UNFINISHED } from './lines.ts'
import type { JournalLine } from './lines.ts'
import { recoverKilled } from './recover.ts'
import { MODE, entryName, writeAll, writeLogbook } from './write.ts'

/**
 * A run's place in the logbook from its start: what each host's run does stands in `NAME.unfinished.jsonl` at once, a line each. The entry
 * takes its place when the run ends. Where one is left behind, the run was killed: the next run makes an entry of it.
 */
export interface Journal {
  /** What is wrong with the logbook, and which runs before this one were killed. */
  readonly warnings: string[]
  hosts(names: string[], warnings: string[]): void
  event(host: string, event: ConvergeEvent): void
  host(report: HostReport): void
  /** Writes the entry; returns its path, or undefined where it cannot be written, which a warning then says. */
  finish(report: RunReport): string | undefined
}

/** Never throws: a run goes on without its logbook, and says so. */
export function openJournal(directory: string, head: RunHead): Journal {
  const path = join(directory, `${entryName(head)}${UNFINISHED}`)
  const warnings: string[] = []
  let file: number | undefined
  let [hasFailed, isOurs] = [false, false]
  // Said once.
  const failed = (error: unknown) => {
    if (!hasFailed)
      warnings.push(
        `the logbook cannot be written: ${(error as Error).message}; name another folder with --logbook or BITACORA_LOGBOOK`,
      )
    hasFailed = true
    if (file !== undefined) closeSync(file)
    file = undefined
  }
  const write = (line: JournalLine) => {
    if (file === undefined) return
    try {
      writeAll(file, `${JSON.stringify(line)}\n`)
    } catch (error) {
      failed(error)
    }
  }
  try {
    mkdirSync(directory, { recursive: true })
    file = openSync(path, 'ax', MODE)
    isOurs = true
    write({ type: 'head', head, machine: hostname(), pid: process.pid })
    warnings.push(...recoverKilled(directory))
  } catch (error) {
    failed(error)
  }
  return {
    warnings,
    hosts: (hosts, said) => write({ type: 'hosts', hosts, warnings: said }),
    event(host, event) {
      const isTold =
        event.type === 'applying' || event.type === 'applied' || (event.type === 'step' && event.report.status !== 'ok')
      if (isTold) write({ type: 'event', host, event })
    },
    host: (report) => write({ type: 'host', report }),
    finish(report) {
      let entry: string | undefined
      try {
        entry = writeLogbook(directory, report)
      } catch (error) {
        failed(error)
      }
      // Without an entry the journal is what there is.
      if (isOurs && entry !== undefined) rmSync(path, { force: true })
      if (file !== undefined) closeSync(file)
      file = undefined
      return entry
    },
  }
}
