import { z } from 'zod'
import { textFact } from '../../engine/fact.ts'
import type { Fact } from '../../engine/fact.ts'
import { declaredOwner } from '../../engine/owners.ts'
import { sh } from '../../text/sh.ts'
import type { Script } from '../../text/sh.ts'
import { templateText } from '../../text/template.ts'
import { parseLoose } from './loose.ts'
import type { Loose } from './loose.ts'

/** A file in a folder that may be another user's. */
export interface OwnedFile {
  /** Who owns the folder, and reads and writes the file. */
  user: string
  /** Others could lead that user elsewhere, so nothing was read. */
  refused?: Loose
  state: OwnedState | null
  /** The copy beside it is there. */
  copy: boolean
}

export interface OwnedState {
  type: 'file' | 'directory' | 'symlink' | 'other'
  /** Octal, four digits. */
  mode: string
  owner: string
  group: string
  /** The content of a text file; left out where it is no UTF-8 text, or can't be read. */
  text?: string
  why?: string
}

const HEAD = /^(file|directory|symlink|other) (\d{4}) (\S+) (\S+) (\d+) (\w+)$/

const ownedFile = z.string().transform((output, context): OwnedFile => {
  const [first = '', second = '', ...rest] = output.split('\n')
  const user = first.slice('as '.length)
  if (second.startsWith('refused '))
    return { user, refused: parseLoose(second.slice('refused '.length)), state: null, copy: false }
  const copy = second.startsWith('copy ')
  const line = second.slice(second.indexOf(' ') + 1)
  if (line === 'missing') return { user, state: null, copy }
  const [, type, mode = '', owner = '', group = '', bytes = '', how = ''] = HEAD.exec(line) ?? []
  if (type === undefined) {
    context.addIssue({ code: 'custom', message: 'an answer in an unknown form' })
    return z.NEVER
  }
  const state: OwnedState = { type: type as OwnedState['type'], mode, owner, group }
  const text = rest.join('\n')
  const isText = Buffer.byteLength(text) === Number(bytes) && !/[\uFFFD\0]/.test(text)
  if (how === 'text' && isText) state.text = text
  if (how === 'unreadable') state.why = 'not readable'
  if (how === 'large') state.why = 'too large'
  return { user, state, copy }
})

/**
 * A text file of 1 MiB at most, read with the rights of its folder's owner, or of `user`, whom the inventory names; null where the folder isn't
 * there. `copy` is the suffix of another name.
 */
export function ownedFileFact(path: string, copy: string, user?: string): Fact<OwnedFile | null> {
  return textFact(
    ownedFile.nullable(),
    sh`${whoWrites(path, user)}
printf 'as %s\\n' "$owner"
[ -z "$stranger" ] || { printf 'refused %s\\n' "$stranger"; exit 0; }
as_user "$owner" perl -e ${templateText('facts/owned-file.pl')} ${path} ${copy}`,
    // Its user may stop what reads it, and would keep the whole host from being read.
    { deadline: 30 },
  )
}

function whoWrites(path: string, user: string | undefined): Script {
  if (user === undefined) return sh`owner_of ${folderOf(path)} || exit 0`
  return sh`[ -d ${folderOf(path)} ] || exit 0
${declaredOwner(user, 'envFile.user')}
stranger=`
}

export const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/'
