import { readFile, stat } from 'node:fs/promises'
import { HostError } from './error.ts'
import { SUPPORTED, typeOf } from './key-type.ts'
import { openssh, withFile } from './openssh.ts'

export interface KnownKey {
  type: string
  base64: string
  revoked: boolean
  /** `file:line` where it stands. */
  where: string
  /** The name that it was found under. */
  name: string
}

/** A line that OpenSSH can read, for its names alone. */
const ANY_KEY = `ssh-ed25519 ${Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1'), Buffer.alloc(32, 1)]).toString('base64')}`

/**
 * What a known_hosts file holds under a name, found by ssh-keygen, which knows patterns and hashed names. Certificate authorities are
 * passed over. None where there is no such file.
 *
 * Throws a HostError when the answer can't be had, and for a marked line of that name that can't be read: it may revoke the key. OpenSSH
 * passes over such a line, for example one with a tab after `@revoked`.
 */
export async function knownKeysIn(file: string, name: string): Promise<KnownKey[]> {
  const text = await textOf(file)
  if (text === undefined) return []
  const found = await linesUnder(file, name)
  const known = found.flatMap((line) => keyIn(file, line, name))
  if (hasMarkers(text)) await refusePassedOver(file, text, name, new Set(found.map(({ number }) => number)))
  return known
}

/** Whether any line could revoke a key, or be meant to. */
export function hasMarkers(text: string): boolean {
  return /^[ \t]*@/m.test(text)
}

/** Undefined where there is no file. Throws a HostError where it can't be read. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).isCharacterDevice()) return undefined
    return await readFile(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new HostError(
      `${file} cannot be read, so nobody knows whether a host key in it is revoked: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
}

const MARKERS: Readonly<Record<string, string>> = { REVOKED: '@revoked', CA: '@cert-authority', '': '' }

function keyIn(file: string, { number, marker, line }: Line, name: string): KnownKey[] {
  const where = `${file}:${number}`
  const fields = line.trim().split(/[ \t]+/)
  const own = fields[0]?.startsWith('@') === true ? fields.shift() : ''
  if (own !== MARKERS[marker]) throw unreadable(where, name)
  const [, type = '', base64 = ''] = fields
  if (marker === 'CA') return []
  const revoked = marker === 'REVOKED'
  if (revoked && typeOf(Buffer.from(base64, 'base64')) !== type) throw unreadable(where, name)
  return [{ type, base64, revoked, where, name }]
}

interface Line {
  number: number
  /** As OpenSSH reads it. */
  marker: string
  line: string
}

/** What `ssh-keygen -F` prints: a line that says where, then the line itself. */
async function linesUnder(file: string, name: string): Promise<Line[]> {
  const { code, stdout, stderr } = await openssh('ssh-keygen', ['-F', name, '-f', file])
  const lines = stdout.split('\n').filter((line) => line !== '')
  if (code === 1 && lines.length === 0) return []
  const pairs = lines.flatMap((line, index): Line[] => {
    if (index % 2 === 1) return []
    const [, number, marker = ''] = /^# Host .* found: line (\d+) *(REVOKED|CA)?\s*$/.exec(line) ?? []
    const text = lines[index + 1]
    return number === undefined || text === undefined ? [] : [{ number: Number(number), marker, line: text }]
  })
  if (code === 0 && pairs.length > 0 && pairs.length * 2 === lines.length) return pairs
  throw new HostError(
    `ssh-keygen -F '${name}' -f ${file} gives no clear answer (exit ${code}): ${stderr.trim() || lines[0] || 'it says nothing'}. Without it nobody knows whether the host key is revoked. Nothing was sent`,
  )
}

/** Lines with a marker whose names fit, but which OpenSSH did not count. */
async function refusePassedOver(file: string, text: string, name: string, counted: ReadonlySet<number>): Promise<void> {
  const odd = text.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/[ \t]+/)
    if (fields[0]?.startsWith('@') !== true || counted.has(index + 1) || isOfOtherType(fields)) return []
    const names = fields.find((field) => !field.startsWith('@'))
    return names === undefined ? [] : [{ number: index + 1, names }]
  })
  if (odd.length === 0) return
  const [first] = await withFile(odd.map(({ names }) => `${names} ${ANY_KEY}\n`).join(''), (path) => linesUnder(path, name))
  if (first !== undefined) throw unreadable(`${file}:${odd[first.number - 1]?.number ?? ''}`, name)
}

/** A whole key of a type that no host is accepted with here, and that an OpenSSH of another age doesn't know. */
function isOfOtherType([marker = '', , type = '', base64 = '']: readonly string[]): boolean {
  return (
    Object.values(MARKERS).includes(marker) && !Object.hasOwn(SUPPORTED, type) && typeOf(Buffer.from(base64, 'base64')) === type
  )
}

function unreadable(where: string, name: string): HostError {
  return new HostError(
    `${where} marks a key of ${name}, but cannot be read, so it may be revoked. Nothing was sent. Write the line as "@revoked ${name} TYPE KEY", with one blank between the words, or take it out`,
  )
}
