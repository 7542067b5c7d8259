import { quote } from '../../text/quoting.ts'

/** A place that somebody could change who should not be able to: a line of `loose` in templates/host/owners.sh. */
export interface Loose {
  /** As `ls` shows it; `?` where it could not be read. */
  mode: string
  owner: string
  group: string
  path: string
}

export function parseLoose(line: string): Loose {
  const [mode = '?', owner = '?', group = '?', ...path] = line.split(' ')
  return { mode, owner, group, path: path.join(' ').replaceAll(/\p{C}/gu, '?') }
}

export const shownLoose = ({ mode, owner, group, path }: Loose) =>
  mode === '?' ? `${path} could not be checked` : `${path} is ${mode} ${owner}:${group}`

/** The command by which a person takes the place back for `user`, keeping what else its mode allows. */
export function tighten({ mode, owner, path }: Loose, user = 'root'): string {
  const word = quote(path)
  const commands = [
    ...(owner === 'root' || owner === user ? [] : [`chown ${user} ${word}`]),
    ...(/^.{5}w|^.{8}w/.test(mode) ? [`chmod go-w ${word}`] : []),
  ]
  return commands.join(' && ') || `ls -ld ${word}`
}
