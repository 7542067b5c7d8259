import { Script, sh } from '../shell.ts'
import type { Masker } from '../secret.ts'
import type { Fact, FileFact, ShellFact, SqlFact } from './fact.ts'
import { parseStat, parseSums } from './file.ts'
import type { FileState } from './file.ts'
import { FrameReader, newNonce, prologue } from './frames.ts'
import type { Machine, RunResult } from './machine.ts'
import { LOCK_FILE } from './lock.ts'
import { psqlRead } from './psql.ts'
import { lastLines } from './text.ts'

/** A typed value, or why there is none. */
export type Answer = { value: unknown } | { error: string }

export interface Reading {
  answers: Map<Fact<unknown>, Answer>
  /** What the lock file said: which run changed this host last. An apply that finds another there has an old plan. */
  generation: string
}

/** Thrown when the batch as a whole didn't come back. The message is masked. */
export class ReadError extends Error {
  override name = 'ReadError'
}

/** All facts of a host in one script over one exec. */
export async function read(
  machine: Machine,
  facts: readonly Fact<unknown>[],
  port: number,
  masker: Masker,
  deadline = 60,
): Promise<Reading> {
  const nonce = newNonce()
  const ids = new Map(facts.map((fact, index) => [`f${index}`, fact]))
  const result = await machine.run(readScript(nonce, ids, port), { deadline })
  const out = framesOf(nonce, result.stdout)
  const err = framesOf(nonce, result.stderr)
  if (!out.has('start')) throw new ReadError(`the shell on the host did not start: ${notStarted(result, masker)}`)
  if (!out.has('end'))
    throw new ReadError(
      `the answers stopped half way (exit ${result.code ?? 'unknown'}): ${lastLines(masker.text(result.stderr.toString()))}`,
    )
  const files = fileStates(out, err)
  const answers = new Map<Fact<unknown>, Answer>()
  for (const [id, fact] of ids) answers.set(fact, answer(id, fact, out, err, files, masker))
  return { answers, generation: text(out, 'lock').trim() }
}

function readScript(nonce: string, ids: ReadonlyMap<string, Fact<unknown>>, port: number): Script {
  const parts = [prologue(nonce), sh`{ IFS= read -r l < ${LOCK_FILE} && printf '%s' "$l"; } 2>/dev/null; e lock 0`]
  const paths = new Map<string, FileFact<unknown>>()
  const queries = new Map<string, SqlFact<unknown>>()
  for (const [id, fact] of ids) {
    if (fact.kind === 'sql') queries.set(id, fact)
    else if (fact.kind === 'file') paths.set(id, fact)
    else parts.push(sh`(\n${fact.script}\n) </dev/null; e ${id} $?`)
  }
  if (queries.size > 0) parts.push(psqlRead(nonce, port, queries), sh`e psql $?`)
  if (paths.size > 0) parts.push(readFiles(paths))
  parts.push(sh`e end 0\n`)
  return Script.join(parts)
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

type Frames = Map<string, { status: string; body: Buffer }>

function framesOf(nonce: string, stream: Buffer): Frames {
  const reader = new FrameReader(nonce)
  reader.push(stream)
  return new Map(reader.frames.map((frame) => [frame.id, frame]))
}

const text = (frames: Frames, id: string) => frames.get(id)?.body.toString('utf8') ?? ''

function answer(id: string, fact: Fact<unknown>, out: Frames, err: Frames, files: FileStates, masker: Masker): Answer {
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
  if (status !== '0') return { error: `exit ${status ?? 'unknown'}: ${lastLines(text(err, id))}` }
  const body = text(out, id)
  return fact.format === 'json' || body === '' ? json(body) : { value: body }
}

function sqlAnswer(id: string, fact: SqlFact<unknown>, out: Frames, err: Frames): Answer {
  const status = out.get(id)?.status
  // psql never got so far: it says why on its own stderr.
  if (status === undefined) return { error: lastLines(text(err, 'psql')) || 'psql gave no answer' }
  if (status === 'absentf' || fact.absent.includes(status)) return { value: null }
  if (status !== '00000') return { error: `${lastLines(text(err, id))} (SQLSTATE ${status})` }
  return json(text(out, id))
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

function notStarted(result: RunResult, masker: Masker): string {
  const said = lastLines(masker.text(`${result.stderr.toString()}\n${result.stdout.toString()}`))
  return `exit ${result.code ?? 'unknown'}${said === '' ? ', nothing was said' : `: ${said}`}`
}
