// Imports go downwards: from a room to those below it, and between folders never in a circle.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The rooms of lib/, the lowest first; `.` is lib/ itself, the public surface. */
export const ROOMS = ['text', 'format', 'engine', 'inventory', 'host', 'steps', 'run', 'view', 'verbs', 'cli', '.']

/**
 * What goes upwards or round in circles, a line each; none: all is well. `files`: the modules, by their path below lib/.
 * @param {ReadonlyMap<string, string>} files
 */
export function wrongDirections(files) {
  /** @type {Map<string, Set<string>>} */
  const folders = new Map()
  const wrong = []
  for (const [file, text] of files) {
    const rank = ROOMS.indexOf(roomOf(file))
    if (rank < 0) wrong.push(`${file} lies in no room: ${ROOMS.join(', ')}`)
    for (const [, to = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const other = join(dirname(file), to)
      if (ROOMS.indexOf(roomOf(other)) > rank) wrong.push(`${file} imports ${other}, which lies above it`)
      const [here, there] = [dirname(file), dirname(other)]
      if (here !== there) folders.set(here, (folders.get(here) ?? new Set()).add(there))
    }
  }
  const circles = [...folders].flatMap(([from, others]) =>
    [...others].filter((to) => from < to && leadsTo(to, from, folders) && leadsTo(from, to, folders)).map((to) => [from, to]),
  )
  return [...wrong, ...circles.map(([from, to]) => `${from} and ${to} import each other`)]
}

/** @param {string} file */
const roomOf = (file) => (file.includes('/') ? (file.split('/')[0] ?? '') : '.')

/**
 * @param {string} from
 * @param {string} to
 * @param {ReadonlyMap<string, ReadonlySet<string>>} folders
 * @returns {boolean}
 */
function leadsTo(from, to, folders, seen = new Set()) {
  if (from === to) return true
  if (seen.has(from)) return false
  seen.add(from)
  return [...(folders.get(from) ?? [])].some((next) => leadsTo(next, to, folders, seen))
}

/**
 * The modules of lib/ in this repository, without those that are deleted and not yet committed.
 * @param {string} root
 */
export function modules(root) {
  const names = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'lib/*.ts'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)))
  return new Map(names.map((file) => [file.slice('lib/'.length), readFileSync(join(root, file), 'utf8')]))
}
