import type { Masker } from '../text/masker.ts'
import type { Fact, FileFact, ShellFact, SqlFact } from './fact.ts'
import { parseStat, parseSums } from './file.ts'
import type { FileState } from './file.ts'
import type { Frame, FrameReader } from './frames.ts'
import { SQL_DEADLINE, otherDatabases } from './psql.ts'
import { lastLines } from '../text/lines.ts'

/** A typed value, or why there is none. */
export type Answer<T = unknown> = { value: T } | { error: string }

/** Its value; null where there is none. */
export const valueOf = <T>(answer: Answer<T> | undefined): T | null =>
  answer !== undefined && 'value' in answer ? answer.value : null

/** The answers of one stream, by their ids. */
export type Frames = Map<string, Frame>

export function framesOf(reader: FrameReader): Frames {
  return new Map(reader.frames.map((frame) => [frame.id, frame]))
}

export const bodyOf = (frames: Frames, id: string) => frames.get(id)?.body.toString('utf8') ?? ''

/** What the frames say of each fact, by its question's id; errors are masked. `most` is how many bytes of one answer were kept. */
export function answersIn(
  ids: ReadonlyMap<Fact<unknown>, string>,
  [out, err]: readonly [Frames, Frames],
  most: number,
  masker: Masker,
): Map<Fact<unknown>, Answer> {
  const files = fileStates(out, err)
  const others = otherDatabases([...ids.keys()].filter((fact) => fact.kind === 'sql'))
  const raw = (id: string, fact: Fact<unknown>): Answer => {
    if (out.get(id)?.isCut === true) return { error: `the answer is longer than ${most / 2 ** 20} MiB` }
    if (fact.kind === 'file') return files.at(fact, bodyOf(out, id))
    return fact.kind === 'sql' ? sqlAnswer(id, fact, out, err, others) : shellAnswer(id, fact, out, err)
  }
  return new Map([...ids].map(([fact, id]) => [fact, typed(fact, raw(id, fact), masker)]))
}

function typed(fact: Fact<unknown>, raw: Answer, masker: Masker): Answer {
  if ('error' in raw) return { error: masker.text(raw.error) }
  const parsed = fact.schema.safeParse(raw.value)
  if (parsed.success) return { value: parsed.data }
  // What a schema says itself is all that there is to say.
  const own = parsed.error.issues.filter(({ code }) => code === 'custom').map(({ message }) => message)
  if (own.length > 0) return { error: masker.text(own.join('; ')) }
  const issues = parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`)
  return { error: `the answer has another shape than expected: ${issues.join('; ')}` }
}

function shellAnswer(id: string, fact: ShellFact<unknown>, out: Frames, err: Frames): Answer {
  const status = out.get(id)?.status
  if (fact.deadline !== undefined && (status === '124' || status === '137'))
    return { error: `no answer within ${fact.deadline} s` }
  if (status !== '0') return { error: `exit ${status ?? 'unknown'}: ${lastLines(bodyOf(err, id))}` }
  const body = bodyOf(out, id)
  return fact.format === 'json' || body === '' ? json(body) : { value: body }
}

function sqlAnswer(id: string, fact: SqlFact<unknown>, out: Frames, err: Frames, others: readonly string[]): Answer {
  const index = others.indexOf(fact.database)
  if (index >= 0 && out.get(`there${index}`)?.status === 'f') return { value: null }
  const status = out.get(id)?.status
  // psql never got so far: it says why on its own stderr.
  if (status === undefined) {
    const said = [`database${index}`, 'psql'].map((frame) => lastLines(bodyOf(err, frame)))
    return { error: said.find((why) => why !== '') ?? `psql gave no answer within ${SQL_DEADLINE} s` }
  }
  if (fact.absent.includes(status)) return { value: null }
  if (status !== '00000') return { error: `${lastLines(bodyOf(err, id))} (SQLSTATE ${status})` }
  return fact.format === 'rows' ? { value: bodyOf(out, id).split('\n').slice(0, -1) } : json(bodyOf(out, id))
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
  const states = parseStat(bodyOf(out, 'stat'))
  const sums = parseSums(bodyOf(out, 'sums'))
  const complaints = bodyOf(err, 'stat').split('\n')
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
      if (sha256 === undefined) return { error: lastLines(bodyOf(err, 'sums')) || `sha256sum said nothing of ${fact.path}` }
      const value: FileState = { ...state, sha256, head: body.split('\n', 2).join('\n') }
      if (fact.text) value.text = body
      return { value }
    },
  }
}
