import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunReport } from '../report.ts'
import { entry } from './entry.ts'

const MODE = 0o640

/**
 * Writes a run down as Markdown, and as the JSON of `--json` beside it; the directory is made if missing. Returns the path of the
 * Markdown. Throws an Error that says where and why.
 */
export async function writeLogbook(directory: string, report: RunReport): Promise<string> {
  const path = join(directory, entryName(report))
  try {
    await mkdir(directory, { recursive: true })
    await writeWhole(`${path}.json`, `${JSON.stringify(report, null, 2)}\n`)
    await writeWhole(`${path}.md`, entry(report))
  } catch (error) {
    throw new Error(`${directory}: ${(error as Error).message}`, { cause: error })
  }
  return `${path}.md`
}

/** `2026-11-24T030000Z-provision-check-3f2a9c10`: sorts by time. */
export function entryName(report: Pick<RunReport, 'startedAt' | 'task' | 'check' | 'run'>): string {
  const time = `${new Date(report.startedAt).toISOString().slice(0, 19).replaceAll(':', '')}Z`
  return [time, report.task, ...(report.task === 'provision' && report.check ? ['check'] : []), report.run].join('-')
}

/** All of it or nothing: a temporary file beside it, then rename. */
async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w', MODE)
    try {
      await file.chmod(MODE)
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}
