import type { Masker } from '../text/masker.ts'
import { Script, sh } from '../text/sh.ts'
import { exchange } from './exchange.ts'
import { newNonce } from './frames.ts'
import type { Frame, FrameReader } from './frames.ts'
import { LockBusyError, parseHolder, takeLock } from './lock.ts'
import type { Holder } from './lock.ts'
import type { Machine } from './machine.ts'
import { needed } from './plan.ts'
import type { Planned } from './plan.ts'
import { keyOf } from './step.ts'
import type { Change } from './step.ts'
import { lastLines } from '../text/lines.ts'

export interface ApplyOptions {
  holder: Holder
  /** The lock file's line when the plan was made. */
  generation: string
  /** Seconds to wait for another run. */
  wait: number
  onHeld?: (holder: Holder | undefined) => void
  onStart?: (key: string, change: Change) => void
  /** A change ended well; of those that didn't, the result tells. */
  onDone?: (one: Applied) => void
  /** A line that a running change printed, masked. */
  onLine?: (key: string, line: string) => void
}

export interface Applied {
  key: string
  change: Change
  outcome: 'done' | 'failed' | 'skipped'
  /** Milliseconds on our clock. */
  ms: number
  /** Masked. */
  error?: string
}

/** Somebody changed the host after the plan was made: read and plan again. */
export type ApplyResult = { stale: true } | { stale: false; applied: Applied[] }

interface Job {
  key: string
  change: Change
  needs: string[]
}

/** Bytes that are kept of what one change prints: its end, where the cause stands. */
const KEPT = 256 * 1024

/**
 * Applies all changes that can be run, in order, in one script over one exec, holding the host's lock. A change whose step, or a step that
 * it needs, has failed in this script is left out. Throws LockBusyError, and Error when the outcome isn't known.
 */
export async function apply(
  machine: Machine,
  planned: readonly Planned[],
  options: ApplyOptions,
  masker: Masker,
): Promise<ApplyResult> {
  const jobs = jobsOf(planned)
  const nonce = newNonce()
  const applied: Applied[] = []
  let running: { job: Job; since: number } | undefined
  const onFrame = (frame: Frame) => {
    if (frame.id === 'held') options.onHeld?.(parseHolder(frame.body.toString()))
    const job = jobs[Number(frame.id.slice(1))]
    if (!/^[bc]\d+$/.test(frame.id) || job === undefined) return
    if (frame.id.startsWith('b')) {
      running = { job, since: performance.now() }
      options.onStart?.(job.key, job.change)
    } else {
      const outcome = frame.status === '0' ? 'done' : frame.status === 'skipped' ? 'skipped' : 'failed'
      const one: Applied = {
        key: job.key,
        change: job.change,
        outcome,
        ms: running?.job === job ? performance.now() - running.since : 0,
      }
      applied.push(one)
      if (outcome === 'done') options.onDone?.(one)
      running = undefined
    }
  }
  const script = applyScript(nonce, jobs, options)
  // What was made from a secret, such as a password's verifier, may stand in an error that quotes its statement.
  masker.add(script)
  const { out, err, code } = await exchange(machine, script, {
    nonce,
    deadline: 60 + options.wait + jobs.reduce((sum, job) => sum + (job.change.deadline ?? 300), 0),
    most: KEPT,
    onFrame,
    onLine(line, after) {
      const job = after.startsWith('b') ? jobs[Number(after.slice(1))] : undefined
      if (job !== undefined) options.onLine?.(job.key, masker.text(line))
    },
  })
  if (out.has('busy')) throw new LockBusyError(parseHolder(out.find('held')?.body.toString() ?? ''))
  if (out.has('stale')) return { stale: true }
  if (!out.has('end')) {
    const where = running === undefined ? '' : ` while ${running.job.change.what} was being changed`
    throw new Error(
      `the connection ended${where}, so the outcome is not known (exit ${code ?? 'unknown'}): ` +
        `${lastLines(masker.text(err.rest().toString()))}\nRun the same command again: it reads what is there and goes on from it.`,
    )
  }
  for (const one of applied) {
    if (one.outcome === 'failed')
      one.error = failure(`c${jobs.findIndex((job) => job.change === one.change)}`, one.change, out, err, masker)
  }
  return { stale: false, applied }
}

function jobsOf(planned: readonly Planned[]): Job[] {
  const byKey = new Map<string, Planned>()
  return planned.flatMap((one) => {
    byKey.set(keyOf(one.step), one)
    const key = keyOf(one.step)
    const needs = [key, ...needed(one.step, byKey).map((other) => keyOf(other.step))]
    return one.changes.filter((change) => change.run !== undefined).map((change) => ({ key, change, needs }))
  })
}

function applyScript(nonce: string, jobs: readonly Job[], { generation, wait, holder }: ApplyOptions): Script {
  const parts = [takeLock({ mark: nonce, generation, wait, holder }), sh`failed=' '; e locked 0`]
  jobs.forEach((job, index) => {
    const patterns = Script.join(
      job.needs.map((need) => sh`*${` ${need} `}*`),
      '|',
    )
    parts.push(sh`case "$failed" in
${patterns}) e ${`c${index}`} skipped; failed="$failed"${`${job.key} `} ;;
*) e ${`b${index}`} 0
( set -e
${job.change.run ?? sh``}
) </dev/null 9>&-; s=$?
[ "$s" = 0 ] || failed="$failed"${`${job.key} `}
e ${`c${index}`} "$s" ;;
esac`)
  })
  parts.push(sh`changed`)
  return Script.join(parts)
}

function failure(id: string, { cause = lastLines }: Change, out: FrameReader, err: FrameReader, masker: Masker): string {
  const text = (reader: FrameReader) => masker.text(reader.find(id)?.body.toString() ?? '')
  return `exit ${out.find(id)?.status}: ${cause(text(err)) || lastLines(text(out)) || 'nothing was said'}`
}
