import { Script, sh } from '../shell.ts'
import type { Masker } from '../secret.ts'
import type { Fact, FileFact, ShellFact, SqlFact } from './fact.ts'
import { parseStat, parseSums } from './file.ts'
import type { FileState } from './file.ts'
import { exchange } from './exchange.ts'
import { newNonce } from './frames.ts'
import type { Frame, FrameReader } from './frames.ts'
import type { Machine } from './machine.ts'
import { parseHolder, readMark } from './lock.ts'
import type { Holder } from './lock.ts'
import { SQL_DEADLINE, psqlRead } from './psql.ts'
import { lastLines } from './text.ts'

/** A typed value, or why there is none. */
export type Answer = { value: unknown } | { error: string }

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

/** All facts of a host in one script over one exec. Throws a ReadError, and an OutputLimitError. */
export async function read(machine: Machine, facts: readonly Fact<unknown>[], port: number, masker: Masker): Promise<Reading> {
  const nonce = newNonce()
  const ids = new Map(facts.map((fact, index) => [`f${index}`, fact]))
  const slow = facts.reduce((sum, fact) => sum + (fact.kind === 'shell' ? (fact.deadline ?? 0) : 0), 0)
  const { out, err, code } = await exchange(machine, readScript(nonce, ids, port), {
    nonce,
    deadline: DEADLINE + slow,
    most: MOST,
    total: TOTAL,
  })
  const said = (reader: FrameReader) => lastLines(masker.text(reader.rest().toString()))
  if (!out.has('start'))
    throw new ReadError(
      `the shell on the host did not start: exit ${code ?? 'unknown'}${
        [said(err), said(out)]
          .filter((text) => text !== '')
          .map((text) => `: ${text}`)
          .join('') || ', nothing was said'
      }`,
    )
  if (!out.has('end')) throw new ReadError(`the answers stopped half way (exit ${code ?? 'unknown'}): ${said(err)}`)
  const [outFrames, errFrames] = [framesOf(out), framesOf(err)]
  const files = fileStates(outFrames, errFrames)
  const answers = new Map<Fact<unknown>, Answer>()
  for (const [id, fact] of ids) answers.set(fact, answer(id, fact, outFrames, errFrames, files, masker))
  return { answers, ...markOf(outFrames) }
}

/** The lock file's mark, read before and after all else. */
function markOf(out: Frames): Pick<Reading, 'generation' | 'overlap'> {
  const [before, after] = [text(out, 'lock').trim(), text(out, 'unlock').trim()]
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
  if (queries.size > 0) parts.push(psqlRead(nonce, port, queries), sh`e psql $?`)
  if (paths.size > 0) parts.push(readFiles(paths))
  parts.push(sh`mark; e unlock $changing`)
  return Script.join(parts)
}

/** A shell of its own, which ends with all that it started. Exit 124 or 137 (timeout(1)). */
function within(seconds: number, nonce: string, script: Script): Script {
  return sh`timeout -k 2 ${seconds} sh /dev/fd/3 3<<'${new Script(`${nonce}-fact`)}' </dev/null
${script}
${new Script(`${nonce}-fact`)}`
}

/** One `stat` and one `sha256sum` for all paths; the rest is the shell's own `read`, which starts no process. */
function readFiles(paths: ReadonlyMap<string, FileFact<unknown>>): Script {
  const names = [...new Set([...paths.values()].map((fact) => fact.path))]
  const parts = [
    sh`stat -c '%a %U %G %s %F|%n' -- ${names}; e stat $?`,
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

type Frames = Map<string, Frame>

function framesOf(reader: FrameReader): Frames {
  return new Map(reader.frames.map((frame) => [frame.id, frame]))
}

const text = (frames: Frames, id: string) => frames.get(id)?.body.toString('utf8') ?? ''

function answer(id: string, fact: Fact<unknown>, out: Frames, err: Frames, files: FileStates, masker: Masker): Answer {
  if (out.get(id)?.isCut === true) return { error: `the answer is longer than ${MOST / MIB} MiB` }
  const raw =
    fact.kind === 'file'
      ? files.at(fact, text(out, id))
      : fact.kind === 'sql'
        ? sqlAnswer(id, fact, out, err)
        : shellAnswer(id, fact, out, err)
  if ('error' in raw) return { error: masker.text(raw.error) }
  const parsed = fact.schema.safeParse(raw.value)
  if (parsed.success) return { value: parsed.data }
  return {
    error: `the answer has another shape than expected: ${parsed.error.issues
      .map((issue) => (issue.code === 'custom' ? issue.message : `${issue.path.join('.')} ${issue.code}`))
      .join('; ')}`,
  }
}

function shellAnswer(id: string, fact: ShellFact<unknown>, out: Frames, err: Frames): Answer {
  const status = out.get(id)?.status
  if (fact.deadline !== undefined && (status === '124' || status === '137'))
    return { error: `no answer within ${fact.deadline} s` }
  if (status !== '0') return { error: `exit ${status ?? 'unknown'}: ${lastLines(text(err, id))}` }
  const body = text(out, id)
  return fact.format === 'json' || body === '' ? json(body) : { value: body }
}

function sqlAnswer(id: string, fact: SqlFact<unknown>, out: Frames, err: Frames): Answer {
  const status = out.get(id)?.status
  // psql never got so far: it says why on its own stderr.
  if (status === undefined) return { error: lastLines(text(err, 'psql')) || `psql gave no answer within ${SQL_DEADLINE} s` }
  if (status.startsWith('refused')) return { error: lastLines(text(err, status.replace('refused', 'enter')), 1) }
  if (status === 'absent' || fact.absent.includes(status)) return { value: null }
  if (status !== '00000') return { error: `${lastLines(text(err, id))} (SQLSTATE ${status})` }
  return fact.format === 'rows' ? { value: text(out, id).split('\n').slice(0, -1) } : json(text(out, id))
}

function json(body: string): Answer {
  if (body.trim() === '') return { value: null }
  try {
    return { value: JSON.parse(body) as unknown }
  } catch {
    return { error: 'the answer is not JSON' }
  }
}

interface FileStates {
  at(fact: FileFact<unknown>, body: string): Answer
}

/** `stat` names each path that is missing; a path that it neither lists nor calls missing could not be read. */
function fileStates(out: Frames, err: Frames): FileStates {
  const states = parseStat(text(out, 'stat'))
  const sums = parseSums(text(out, 'sums'))
  const complaints = text(err, 'stat').split('\n')
  return {
    at(fact, body) {
      const state = states.get(fact.path)
      if (state === undefined) {
        const line = complaints.find((complaint) => new RegExp(` ['"]?${RegExp.escape(fact.path)}['"]?: `).test(complaint))
        return line?.endsWith('No such file or directory')
          ? { value: null }
          : { error: line ?? `stat said nothing of ${fact.path}` }
      }
      if (state.type !== 'file') return { value: state }
      const sha256 = sums.get(fact.path)
      if (sha256 === undefined) return { error: lastLines(text(err, 'sums')) || `sha256sum said nothing of ${fact.path}` }
      const value: FileState = { ...state, sha256, head: body.split('\n', 2).join('\n') }
      if (fact.text) value.text = body
      return { value }
    },
  }
}
