import { stampOf } from '../../steps/backup/document.ts'
import type { ProjectStatus } from './types.ts'
import { wrap } from '../../format/wrap.ts'
import { showDay } from '../../format/units.ts'

/** That a newer backup waits for its drill takes nothing from the one that was proven. */
export function unprovenLines(backup: ProjectStatus['backup'], width: number): string[] {
  if (backup === null || backup.newest === null || backup.proof.newest !== 'not yet' || backup.proof.backup === null) return []
  const [newest, proven] = [stampOf(backup.newest.name), stampOf(backup.proof.backup)]
  const words = { restored: 'was, and was equal', 'hash proven': 'has its hash proven' }[backup.proof.grade as string]
  if (words === undefined || newest === undefined || proven === undefined) return []
  const [now, before] = [newest, proven].map((date) => showDay(date.toISOString()))
  const text = `the newest backup, of ${now}, has not been restored yet; the one of ${before} ${words}`
  return wrap(text, width - 4).map((each) => `    ${each}`)
}
