import { FrameReader } from '../../../engine/frames.ts'
import type { BoxAccess } from './access.ts'

/** How one command of a session ended, and what it wrote. */
export interface Answer {
  /** An exit code, or a word of ours. */
  status: string
  out: string
  err: string
}

/** The answers of one session, by their names; undefined for what it never came to. */
export type Answers = (name: string) => Answer | undefined

/**
 * Takes a session's output apart, for each box. Its first line is the frames' mark, which a box never gets to see: nothing that it sends can be
 * taken for one.
 */
export function answersOf(text: string): (number: number) => Answers {
  const nonce = text.slice(0, text.indexOf('\n'))
  const reader = new FrameReader(nonce)
  reader.push(Buffer.from(text.slice(nonce.length)))
  const frames = new Map(reader.frames.map(({ id, status, body }) => [id, { status, body }]))
  const textOf = (id: string) => frames.get(id)?.body.toString('utf8') ?? ''
  return (number) => (name) => {
    const id = `${number}.${name}`
    const frame = frames.get(id)
    return frame === undefined ? undefined : { status: frame.status, out: textOf(id), err: textOf(`${id}.err`) }
  }
}

/** Why a command failed. `isFinal`: no other try can fix it. `seconds` is what it was given. */
export function failureOf(answer: Answer | undefined, box: BoxAccess, seconds: number): { text: string; isFinal: boolean } {
  const where = `${box.user}@${box.address} port ${box.port}`
  if (answer === undefined) return { text: `${where}: the session ended early`, isFinal: false }
  const { status, err } = answer
  const final = (text: string) => ({ text, isFinal: true })
  if (status === '7' || err.includes('IDENTIFICATION HAS CHANGED'))
    return final(`changed host key: ${where} shows another key than ${box.knownHosts} has; nothing was sent`)
  if (status === '6' || err.includes('host key is known for') || err.includes('Host key verification failed'))
    return final(`unknown host key: ${box.knownHosts} has none for ${where}; nothing was sent`)
  if (status === '5' || (status === '255' && /Permission denied|Too many authentication failures/.test(err)))
    return final(`wrong password or refused key: ${where} does not let us in`)
  return { text: `${where}: ${reasonOf(answer, seconds)}`, isFinal: false }
}

/** Why, in the program's own words: the last line on stderr that says something. */
export function reasonOf({ status, out, err }: Answer, seconds: number): string {
  if (status === 'many') return `the box lists ${out.trim()} that are read`
  if (status === '124' || status === '137') return `no answer from the box within ${seconds} s`
  const last = err
    .split('\n')
    .map((line) => line.replaceAll(/\p{Cc}/gu, ' ').trim())
    .findLast((line) => line !== '' && !/^(?:sftp> |Connection closed|Control socket)/.test(line))
  return last?.slice(0, 600) ?? (status === '255' ? 'the connection was cut' : 'no reason given')
}
