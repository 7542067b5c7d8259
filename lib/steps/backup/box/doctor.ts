import { createHash } from 'node:crypto'
import { z } from 'zod'
import { textFact } from '../../../engine/fact.ts'
import { sh } from '../../../text/sh.ts'
import type { Ledger } from '../ledger-fact.ts'
import type { BoxAccess } from './access.ts'
import { answersOf, failureOf, reasonOf } from './answers.ts'
import type { Answers } from './answers.ts'
import { filesOf } from './doctor-files.ts'
import type { FolderFiles } from './doctor-files.ts'
import { onHost, roomIn } from './look.ts'
import { PATIENCE, boxSessions } from './session.ts'

export type Login = { ok: boolean; error: string | null } | null

export interface Port {
  port: number
  reached: boolean
  error: string | null
  /** Whether the key that it shows is the pinned one; `none` where it shows none. */
  key: 'pinned' | 'other' | 'none'
  /** `SHA256:… (ED25519)`. */
  shown: string | null
  /** By this alone; null where it wasn't tried. */
  password: Login
  identity: Login
}

/** What was found of one box. */
export interface DoctorBox extends Partial<FolderFiles> {
  host: string
  user: string
  port: number
  remoteDirectory: string
  pinned: string | null
  /** The configured one first. */
  ports: Port[]
  /** Logged in as uploads do; null where it wasn't tried. What follows is there only then. */
  opened: boolean | null
  error: string | null
  /** Bytes. */
  space?: { size: number; free: number } | null
  folder?: 'there' | 'absent' | 'unreadable'
  /** Why the files could not be listed. */
  unread?: string
  shell?: boolean
  sha256sum?: boolean
  mayWrite?: boolean
  refusal?: string
  mayRename?: boolean | null
  mayRenameOver?: boolean | null
  mayDelete?: boolean | null
  /** Files of the look itself that could not be removed. */
  scratchLeft?: number
}

const DEADLINE = 600

/** Asks all of it of each box, and tries what uploads need with scratch files. What is found needs the ledger to be judged. */
export type DoctorFact = ReturnType<typeof doctorFact>
export function doctorFact(accesses: readonly BoxAccess[]) {
  const schema = z.string().transform((text) => {
    const answers = answersOf(text)
    return (ledger: Ledger | null, now: Date) => accesses.map((box) => foundOf(answers(box.number), box, ledger, now))
  })
  const sessions = boxSessions(accesses, ['box-look', 'box-doctor'], sh`doctor`, PATIENCE)
  return textFact(schema, onHost(accesses, sessions), { deadline: DEADLINE * accesses.length })
}

function foundOf(answers: Answers, box: BoxAccess, ledger: Ledger | null, now: Date): DoctorBox {
  const pinned = answers('pinned')?.out.trim() ?? ''
  const opened = answers('open')
  const common = {
    host: box.address,
    user: box.user,
    port: box.port,
    remoteDirectory: box.directory,
    pinned: fingerprint(pinned),
    ports: [...new Set([box.port, 23, 22])].map((port) => portOf(answers, port, pinned)),
    opened: opened === undefined ? null : opened.status === '0',
    error: opened === undefined || opened.status === '0' ? null : failureOf(opened, box, PATIENCE.seconds).text,
  }
  if (common.opened !== true) return common
  const [room, folder, names] = ['room', 'folder', 'names'].map(answers)
  const state = folder?.status === '0' ? 'there' : /not found|no such file/i.test(folder?.err ?? '') ? 'absent' : 'unreadable'
  const inside: DoctorBox = { ...common, space: roomIn(room?.out ?? '') ?? null, folder: state }
  if (state !== 'there') return inside
  if (names?.status !== '0') return { ...inside, unread: failureOf(names, box, PATIENCE.seconds + PATIENCE.listSeconds).text }
  return { ...inside, ...filesOf(names.out, answers, box, { ledger, now }), ...tried(answers, box) }
}

function portOf(answers: Answers, port: number, pinned: string): Port {
  const [probe, shownKey] = [answers(`port${port}`), answers(`key${port}`)]
  const shown = shownKey?.out.trim() ?? ''
  const login = (way: string): Login => {
    const answer = answers(`${way}${port}`)
    if (answer === undefined) return null
    return answer.status === '0' ? { ok: true, error: null } : { ok: false, error: reasonOf(answer, PATIENCE.seconds) }
  }
  const isReached = probe?.status === '0'
  return {
    port,
    reached: isReached,
    error: isReached ? (shown === '' ? 'answers, but shows no SSH host key' : null) : whyNotReached(probe),
    key: shown === '' ? 'none' : shown === pinned ? 'pinned' : 'other',
    shown: fingerprint(shown),
    password: login('password'),
    identity: login('identity'),
  }
}

/** Why Bash could not connect: after its "connect: ", or what it says of the name. */
function whyNotReached(probe: ReturnType<Answers>): string {
  if (probe === undefined) return 'not tried'
  if (probe.status === '124' || probe.status === '137') return 'no answer within 10 s'
  const line = probe.err.split('\n').find((one) => one.trim() !== '') ?? 'no reason given'
  return line.split(': connect: ').at(-1)!.split(': ').at(-1)!.trim()
}

/** Of "TYPE BASE64", as ssh-keygen shows it; null for nothing. */
function fingerprint(key: string): string | null {
  const [type = '', base64 = ''] = key.split(' ')
  if (base64 === '') return null
  const hash = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64').replace(/=+$/, '')
  return `SHA256:${hash} (${type.replace(/^ssh-|-.*$/g, '').toUpperCase()})`
}

/** What the credential may do. */
function tried(answers: Answers, box: BoxAccess): Partial<DoctorBox> {
  const isDone = (name: string) => answers(name)?.status === '0'
  const put = answers('put')
  const mayWrite = put === undefined || put.status === '0'
  const start = `${box.directory}/.bitacora-doctor-`
  return {
    mayWrite,
    ...(mayWrite ? {} : { refusal: failureOf(put, box, PATIENCE.seconds).text }),
    shell: answers('sha256sum') !== undefined || answers('shell')?.out.startsWith(box.directory) === true,
    sha256sum: answers('sha256sum') !== undefined,
    mayRename: mayWrite ? isDone('rename') : null,
    mayRenameOver: mayWrite ? isDone('replace') : null,
    mayDelete: mayWrite ? isDone('delete') && (answers('old') === undefined || isDone('old')) : null,
    scratchLeft: (answers('left')?.out ?? '').split('\n').filter((line) => line.startsWith(start)).length,
  }
}
