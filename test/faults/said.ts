import type { Attempt } from '../e2e/backup-script/project.ts'
import { pattern } from './fault.ts'
import type { Fault } from './fault.ts'

/** A line may end with a CR of what a program said. */
const LINE = /^\S+ \S+Z \S+ \[([\w-]+)\] ([^]*)$/

/** What a run said of itself, where it ended and in which words; the log and the status must say the same. */
export interface Said {
  exit: number
  stage: string
  says: string
}

const lines = (text: string) =>
  text.split('\n').flatMap((line) => {
    const [, stage = '', words = ''] = LINE.exec(line) ?? []
    return stage === '' || stage === 'notify' ? [] : [{ stage, words, line }]
  })

/** The words of the row where they were said, else what was said instead. */
const heard = (wanted: string, ...texts: (string | null | undefined)[]) =>
  texts.every((text) => pattern(wanted).test(text ?? '')) ? wanted : texts.map(String).join(' | ')

/** Reads a run that the row `entry` is about; `recorded` is what it left as JSON: the status of a backup, the result of a restore. */
export function saidOf(entry: Fault, run: Attempt, recorded: { stage: string; ok: boolean; error: string | null } | null): Said {
  const { code: exit, stdout, stderr, log } = run
  const out = lines(stdout)
  const failed = lines(stderr).filter(({ stage }) => stage === 'failed')
  // One that is dead has said nothing more.
  if (exit === 137) return { exit, stage: out.at(-1)?.stage ?? '', says: failed.map(({ words }) => words).join(' | ') }
  if (exit === 0) {
    const stage = out.at(-1)?.stage ?? ''
    const all = stdout.split('\n').filter((line) => pattern(entry.says).test(LINE.exec(line)?.[2] ?? ''))
    const told =
      stage === 'lock' || recorded === null || (recorded.ok && recorded.stage === stage)
        ? stage
        : `${stage}, and in the record ${recorded.stage}`
    return { exit, stage: failed.length === 0 ? told : `${told}, and [failed]`, says: all.length > 0 ? entry.says : stdout }
  }
  const [, stage = '', words = ''] = /^([\w-]+): (.*)$/.exec(failed[0]?.words ?? '') ?? []
  if (failed.length !== 1) return { exit, stage: `${failed.length} lines say [failed]`, says: stdout + stderr }
  // A config that is refused says neither where the log is nor where the status.
  if (stage === 'config') return { exit, stage, says: heard(entry.says, words) }
  const last = lines(log).at(-1)
  if (last?.line !== failed[0]?.line) return { exit, stage: `another in the log: ${last?.line}`, says: words }
  if (recorded === null || recorded.ok || recorded.stage !== stage)
    return { exit, stage: `${stage}, and in the record ${recorded?.stage}`, says: words }
  return { exit, stage, says: heard(entry.says, words, recorded.error) }
}
