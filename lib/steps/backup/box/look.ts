import { z } from 'zod'
import { textFact } from '../../../engine/fact.ts'
import { sh } from '../../../text/sh.ts'
import type { Script } from '../../../text/sh.ts'
import { ifInstalled } from '../installed.ts'
import { places } from '../places.ts'
import { failureOf, answersOf } from './answers.ts'
import type { Answers } from './answers.ts'
import type { BoxAccess } from './access.ts'
import { hashedIn } from './hashed.ts'
import type { Hashed } from './hashed.ts'
import { listingOf } from './listing.ts'
import type { Listing } from './listing.ts'
import { PATIENCE, boxSessions } from './session.ts'
import type { Patience } from './session.ts'

/** What was found on one box. What kept us from looking is an answer too; `isFinal`: no other try can fix it. */
export type BoxLook = { box: BoxAccess } & ({ error: string; isFinal: boolean } | Found)
interface Found {
  error: null
  listing: Listing
  /** Bytes; null where the box doesn't tell. */
  free: number | null
  /** OWNER.json of the project's folder, as text. */
  owner: string | null
  /** Names that an upload may be giving just now. */
  uploading: ReadonlySet<string>
  hashed: Hashed[]
}

/** A copy of many gigabytes is hashed there. */
const HASH_SECONDS = 3600

interface Options {
  /** Hash the newest backup on each box. */
  hash?: boolean
  /** That no box could be looked at is an error. */
  mustLook?: boolean
  patience?: Patience
}

/** Names and sizes on each of a project's boxes, over one login each. Read-only. */
export type BoxFact = ReturnType<typeof boxFact>
export function boxFact(accesses: readonly BoxAccess[], { hash = false, mustLook = false, patience = PATIENCE }: Options = {}) {
  const schema = z.string().transform((text, context): BoxLook[] => {
    const looks = looksIn(text, accesses, patience)
    if (mustLook && looks.every(({ error }) => error !== null))
      context.addIssue({ code: 'custom', message: looks.map((look) => couldNotLook(look)).join('; ') })
    return looks
  })
  const sessions = hash
    ? boxSessions(accesses, ['box-look', 'box-hash'], sh`look && hash_newest`, patience)
    : boxSessions(accesses, ['box-look'], sh`look`, patience)
  const deadline = hash ? HASH_SECONDS : accesses.length * (4 * patience.seconds + patience.listSeconds)
  return textFact(schema, onHost(accesses, sessions), { deadline })
}

/** Sessions run only where the host is set up, and by root alone. */
export function onHost([first]: readonly BoxAccess[], sessions: Script): Script {
  const project = first?.project ?? ''
  return ifInstalled(places(project).script, project, sessions)
}

/** Why a box could not be looked at, in one text. */
export function couldNotLook(look: BoxLook): string {
  if (look.error === null) return ''
  return look.isFinal ? look.error : `could not look: ${look.error}`
}

/** `the box`, or which of several. */
export const placeOf = ({ box }: BoxLook, { length }: readonly BoxLook[]): string =>
  length < 2 ? 'the box' : `box ${box.number}, ${box.user}@${box.address}`

function looksIn(text: string, accesses: readonly BoxAccess[], patience: Patience): BoxLook[] {
  const answers = answersOf(text)
  return accesses.map((box) => ({ box, ...lookIn(answers(box.number), box, patience) }))
}

function lookIn(answers: Answers, box: BoxAccess, { seconds, listSeconds }: Patience) {
  for (const [name, within] of [
    ['open', seconds],
    ['names', seconds + listSeconds],
  ] as const) {
    const answer = answers(name)
    if (answer?.status === '0') continue
    const { text, isFinal } = failureOf(answer, box, within)
    return { error: text, isFinal }
  }
  const out = answers('names')?.out ?? ''
  return {
    error: null,
    listing: listingOf(out, box),
    free: roomIn(out)?.free ?? null,
    owner: answers('owner')?.out.trimEnd() ?? null,
    uploading: uploadingIn(answers),
    hashed: hashedIn(answers, box, seconds),
  }
}

/** What sftp's df tells first, in bytes; undefined where the box doesn't. */
export function roomIn(text: string): { size: number; free: number } | undefined {
  const [, size, free] = /^ *Size +Used +Avail .*\n *(\d{1,12}) +\d+ +(\d{1,12}) /m.exec(text) ?? []
  return free === undefined ? undefined : { size: Number(size) * 1024, free: Number(free) * 1024 }
}

export const uploadingIn = (answers: Answers): Set<string> =>
  new Set(
    ['before', 'after']
      .flatMap((name) => answers(name)?.out.split('\n') ?? [])
      .map((line) => line.split(' ')[0]!.split('/').at(-1)!)
      .filter((name) => name !== ''),
  )
