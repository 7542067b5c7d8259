import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { RunHead, RunReport } from '../report/report.ts'
import { entry } from './entry.ts'

export const MODE = 0o640

/**
 * Writes a run down as Markdown, and as the JSON of `--json` beside it; the directory is made if missing. Returns the path of the
 * Markdown. Throws an Error that says where and why. No signal can come in between, since nothing here waits.
 */
export function writeLogbook(directory: string, report: RunReport): string {
  const path = join(directory, entryName(report))
  try {
    mkdirSync(directory, { recursive: true })
    writeWhole(`${path}.json`, `${JSON.stringify(report, null, 2)}\n`)
    writeWhole(`${path}.md`, entry(report))
  } catch (error) {
    throw new Error(`${directory}: ${(error as Error).message}`, { cause: error })
  }
  return `${path}.md`
}

/** `2026-11-24T030000Z-provision-check-3f2a9c10`: sorts by time. */
export function entryName(report: Pick<RunHead, 'startedAt' | 'task' | 'flags' | 'run'>): string {
  const time = `${new Date(report.startedAt).toISOString().slice(0, 19).replaceAll(':', '')}Z`
  return [time, report.task, ...(report.flags?.includes('--check') === true ? ['check'] : []), report.run].join('-')
}

/** All of it or nothing: a temporary file beside it, then rename. */
function writeWhole(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, 'w', MODE)
    try {
      fchmodSync(file, MODE)
      writeAll(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** A full disk writes less than it was given before it says so. */
export function writeAll(file: number, content: string): void {
  const bytes = Buffer.from(content)
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
}
