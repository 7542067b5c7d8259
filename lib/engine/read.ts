import { Text } from '../text/secret.ts'
import { Script, sh } from '../text/sh.ts'
import type { Masker } from '../text/masker.ts'
import { answersIn, bodyOf, framesOf } from './answer.ts'
import type { Answer, Frames } from './answer.ts'
import { exchange } from './exchange.ts'
import type { Fact, FileFact, SqlFact } from './fact.ts'
import { newNonce } from './frames.ts'
import type { FrameReader } from './frames.ts'
import { parseHolder, readMark } from './lock.ts'
import type { Holder } from './lock.ts'
import type { Machine } from './machine.ts'
import { SQL_DEADLINE, psqlRead } from './psql.ts'
import { lastLines } from '../text/lines.ts'

export interface Reading {
  answers: Map<Fact<unknown>, Answer>
  /** What the lock file said: which run changed this host last. An apply that finds another there has an old plan. */
  generation: string
  /** Another run was changing the host while it was read: the answers may be of no one moment. */
  overlap?: { holder: Holder | undefined }
}

/** Thrown when the batch as a whole didn't come back. The message is masked. */
export class ReadError extends Error {
  override name = 'ReadError'
}

/** Seconds, for all answers without a deadline of their own. */
const DEADLINE = 60
const MIB = 2 ** 20
/** Bytes of one answer, and of all answers of a host together. */
const MOST = 32 * MIB
const TOTAL = 256 * MIB

/** All facts of a host in one script over one exec, each question asked once. Throws a ReadError, and an OutputLimitError. */
export async function read(machine: Machine, facts: readonly Fact<unknown>[], port: number, masker: Masker): Promise<Reading> {
  const nonce = newNonce()
  const ids = idsOf(facts)
  const questions = new Map<string, Fact<unknown>>()
  for (const [fact, id] of ids) if (!questions.has(id)) questions.set(id, fact)
  const slow = [...questions.values()].reduce((sum, fact) => sum + (fact.kind === 'shell' ? (fact.deadline ?? 0) : 0), 0)
  const databases = new Set(facts.flatMap((fact) => (fact.kind === 'sql' ? [fact.database] : []))).size
  const { out, err, code } = await exchange(machine, readScript(nonce, questions, port), {
    nonce,
    deadline: DEADLINE + slow + SQL_DEADLINE * databases,
    most: MOST,
    total: TOTAL,
  })
  const said = (reader: FrameReader) => lastLines(masker.text(reader.rest().toString()))
  if (!out.has('end')) {
    const all = (out.has('start') ? [said(err)] : [said(err), said(out)]).filter((text) => text !== '').map((text) => `: ${text}`)
    throw new ReadError(
      `${stopped(code, out.has('start'))}${all.join('') || ', nothing was said'}${code === null ? `\n${AGAIN}` : ''}`,
    )
  }
  const frames = [framesOf(out), framesOf(err)] as const
  return { answers: answersIn(ids, frames, MOST, masker), ...markOf(frames[0]) }
}

/** Facts that ask the same have the same id, whatever each makes of the answer. */
function idsOf(facts: readonly Fact<unknown>[]): Map<Fact<unknown>, string> {
  const questions = new Map<string, string>()
  return new Map(
    facts.map((fact) => {
      const { schema: _, ...question } = fact
      const asked = fact.kind === 'shell' ? fact.script : fact.kind === 'sql' ? fact.query : Text.of('')
      const key = JSON.stringify([question, asked.reveal()])
      const id = questions.get(key) ?? `f${questions.size}`
      questions.set(key, id)
      return [fact, id]
    }),
  )
}

const AGAIN = 'What was being read changes nothing on the host; run the same command again.'

/** Without an exit code the end was never seen: the line is the cause, not the host's shell. */
function stopped(code: number | null, isStarted: boolean): string {
  if (code === null)
    return `the connection ended ${isStarted ? 'while the host was being read' : 'before the shell on the host answered'}`
  return isStarted ? `the answers stopped half way (exit ${code})` : `the shell on the host did not start: exit ${code}`
}

/** The lock file's mark, read before and after all else. */
function markOf(out: Frames): Pick<Reading, 'generation' | 'overlap'> {
  const [before, after] = [bodyOf(out, 'lock').trim(), bodyOf(out, 'unlock').trim()]
  const isChanging = out.get('lock')?.status === '1' || out.get('unlock')?.status === '1'
  return {
    generation: before,
    ...(isChanging || before !== after ? { overlap: { holder: parseHolder(after) } } : {}),
  }
}

function readScript(nonce: string, ids: ReadonlyMap<string, Fact<unknown>>, port: number): Script {
  const parts = [readMark(), sh`mark; e lock $changing`]
  const paths = new Map<string, FileFact<unknown>>()
  const queries = new Map<string, SqlFact<unknown>>()
  for (const [id, fact] of ids) {
    if (fact.kind === 'sql') queries.set(id, fact)
    else if (fact.kind === 'file') paths.set(id, fact)
    else
      parts.push(
        fact.deadline === undefined ? sh`(\n${fact.script}\n) </dev/null` : within(fact.deadline, nonce, fact.script),
        sh`e ${id} $?`,
      )
  }
  if (queries.size > 0) parts.push(psqlRead(nonce, port, queries))
  if (paths.size > 0) parts.push(readFiles(paths))
  parts.push(sh`mark; e unlock $changing`)
  return Script.join(parts)
}

/**
 * A shell of its own, with the same functions, which ends with all that it started. Exit 124 or 137 (timeout(1)). It has opened its script
 * anew: what it starts as another user must find neither that nor anything else of ours open.
 */
function within(seconds: number, nonce: string, script: Script): Script {
  return sh`timeout -k 2 ${seconds} sh /dev/fd/3 3<<'${new Script(`${nonce}-fact`)}' 4<<${new Script(`${nonce}-owners`)} </dev/null
. /dev/fd/4; exec 3<&- 4<&-
${script}
${new Script(`${nonce}-fact`)}
$owners
${new Script(`${nonce}-owners`)}`
}

/** One `stat` and one `sha256sum` for all paths; the rest is the shell's own `read`, which starts no process. */
function readFiles(paths: ReadonlyMap<string, FileFact<unknown>>): Script {
  const names = [...new Set([...paths.values()].map((fact) => fact.path))]
  const parts = [
    sh`stat -c '%a %U %G %s %h %F|%n' -- ${names}; e stat $?`,
    sh`set --; for p in ${names}; do [ -f "$p" ] && [ ! -L "$p" ] && set -- "$@" "$p"; done; [ $# -eq 0 ] || sha256sum -- "$@"; e sums $?`,
  ]
  for (const [id, fact] of paths) {
    const copy = fact.text
      ? sh`while IFS= read -r l; do printf '%s\\n' "$l"; done < ${fact.path}; printf '%s' "$l"`
      : sh`{ IFS= read -r a; IFS= read -r b; printf '%s\\n%s' "$a" "$b"; } < ${fact.path}`
    parts.push(sh`[ -f ${fact.path} ] && [ ! -L ${fact.path} ] && { ${copy}; }; e ${id} 0`)
  }
  return Script.join(parts)
}
